"""Line icons on a 24 x 24 grid, drawn for this portal. An icon never stands without a word, seen or read out."""

PATHS = {
    "check": "M4.5 12.5l5 5 10-11",
    "chevron": "M6 9l6 6 6-6",
    "clock": "M12 7v5l3.5 2M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    "copy": "M8.5 8.5v-4h11v11h-4M4.5 8.5h11v11h-11z",
    "cross": "M6 6l12 12M18 6L6 18",
    "down": "M12 5v14M6 13l6 6 6-6",
    "info": "M12 11v6M12 7.5v.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
    "search": "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4.5 4.5",
    "up": "M12 19V5M6 11l6-6 6 6",
    "person": "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4.5 20.5c1-4 4-5.5 7.5-5.5s6.5 1.5 7.5 5.5",
    "warning": "M12 4L2.5 20h19L12 4zM12 10v4.5M12 17v.01",
}
