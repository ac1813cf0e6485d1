"""Watts and joules out of hardware, behind one seam: `ecotui.sensors.board`."""
