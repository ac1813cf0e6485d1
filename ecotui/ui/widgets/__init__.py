"""Parts of screens: each takes values and draws them."""
