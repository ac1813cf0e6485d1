"""Reports, tables and figures as files: each module renders the values of `ecotui.core.document` in one format."""
