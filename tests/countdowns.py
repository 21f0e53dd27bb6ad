"""What a countdown says, by language and seconds left: server and browser are held to the same table."""

COUNTDOWNS = {
    "en": {
        0: "00:00:00",
        59: "00:00:59",
        14_352: "03:59:12",
        86_399: "23:59:59",
        86_400: "1 d 00:00:00",
        100_752: "1 d 03:59:12",
        -1: "late 1 s",
        -42: "late 42 s",
        -7_800: "late 2 h 10 m",
        -7_200: "late 2 h",
        -273_600: "late 3 d 4 h",
    },
    "zh": {
        0: "00:00:00",
        14_352: "03:59:12",
        100_752: "1 天 03:59:12",
        -42: "已晚 42 秒",
        -7_800: "已晚 2 小时 10 分",
        -273_600: "已晚 3 天 4 小时",
    },
}
