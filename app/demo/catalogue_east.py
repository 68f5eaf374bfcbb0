"""The sample series that are read from right to left, or from the top down."""

from app.demo import casts
from app.demo.shelf import Chapter, Series

TIDAL = Series(
    "潮騒の図書館", "潮騒の図書館", "The Tidal Library", "tidal-library", casts.TIDAL,
    (
        Chapter("潮騒の図書館 第01巻.cbz", 18, volume=1, title="第一巻", cover=True, spreads=(8,)),
        Chapter("潮騒の図書館 第02巻.cbz", 18, volume=2, title="第二巻", cover=True, spreads=(10,)),
        Chapter("潮騒の図書館 第03巻.cbz", 18, volume=3, title="第三巻", cover=True),
        Chapter("潮騒の図書館 第25話.cbz", 8, "25", title="引き潮の棚"),
        Chapter("潮騒の図書館 第26話.cbz", 8, "26", title="濡れない頁"),
        Chapter("潮騒の図書館 第27話.cbz", 8, "27", title="返却期限", spreads=(4,)),
        Chapter("潮騒の図書館 第28話.cbz", 8, "28", title="司書の鍵"),
    ),
    "Aki Mori", "Tomo Hanabusa",
    "満潮になると入口が沈む図書館で、汐里は祖母の跡を継いで司書になった。波が運んでくる本には、まだ書かれていない出来事が記されている。",
    ("Drama", "Supernatural"), ("Sea", "Library", "Books"), 2019, "Teen", "ja", publisher="Uminari",
)  # fmt: skip

SEVEN_LIES = Series(
    "The Lighthouse Keeper's Seven Lies", "The Lighthouse Keeper's Seven Lies",
    "The Lighthouse Keeper's Seven Lies", "lighthouse", casts.SEVEN_LIES,
    (
        Chapter("Vol. 1 Ch. 1.cbz", 9, "1", 1, "The Lamp That Lied", True),
        Chapter("Vol. 1 Ch. 2.cbz", 8, "2", 1, "Salt on the Stairs"),
        Chapter("Vol. 1 Ch. 3.cbz", 8, "3", 1, "A Ship Without a Name", spreads=(5,)),
        Chapter("Vol. 1 Ch. 5.cbz", 8, "5", 1, "What the Fog Kept"),
        Chapter("Vol. 1 Ch. 5.5 - Low Tide.cbz", 6, "5.5", 1, "Low Tide"),
        Chapter("Vol. 2 Ch. 6.cbz", 9, "6", 2, "The Second Keeper", True),
        Chapter("Vol. 2 Ch. 7 [en] [Harbour Scans].cbz", 8, "7", 2, "The Seventh Lie",
                language="en", translator="Harbour Scans"),
        Chapter("Vol. 2 Ch. 7 [fr] [Équipe Phare].cbz", 8, "7", 2, "Le septième mensonge",
                language="fr", translator="Équipe Phare"),
        Chapter("Vol. 2 Ch. 8.cbz", 8, "8", 2, "Everyone Goes Home"),
    ),
    "Ren Tachibana", "Ren Tachibana",
    "Every keeper of the Cape Oboro light tells seven lies to the sea. Mina has just moved in, and she has already run out of six. Chapter 4 was never collected.",
    ("Mystery", "Drama"), ("Sea", "Lighthouse", "Family secrets"), 2021, "Teen",
    page_name="page_{:02d}",
)  # fmt: skip

PYLONS = Series(
    "Pylons After Rain", "Pylons After Rain", "Pylons After Rain", "pylons", casts.PYLONS,
    tuple(
        Chapter(f"Pylons After Rain c{n:03d}.cbz", 8, str(n), title=title, cover=n == 1)
        for n, title in enumerate(
            ("Line 14", "Wet Shoes", "The Hum", "Substation", "Crows in Pairs", "Blue Sky, Briefly"), 1
        )
    ),
    "Sora Hayami", "Sora Hayami",
    "Two classmates walk the power line from their village to the coast during the summer holidays, one pylon a day. Nothing much happens, beautifully.",
    ("Slice of life",), ("Summer", "Friendship", "Countryside"), 2020, "Everyone",
    comic_info="2.0", image="png",
)  # fmt: skip

MARKET = Series(
    "夜市飛魚", "夜市飛魚", "Night Market Flying Fish", "night-fish", casts.MARKET,
    tuple(
        Chapter(f"夜市飛魚 第{n:02d}話.cbz", 8, str(n), title=title, cover=n == 1)
        for n, title in enumerate(("燈籠魚", "最後一碗湯", "河邊的攤子", "許願"), 1)
    ),
    "Lin Yu-an", "Chen Mo",
    "夜市收攤以後，一條會飛的魚在燈籠之間游動。阿薇和小嵐想知道，牠到底在找誰。",
    ("Fantasy", "Comedy"), ("Night market", "Food", "Taipei"), 2022, "Everyone 10+", "zh-Hant",
    image="webp", publisher="Lantern Row",
)  # fmt: skip

BAKERY = Series(
    "月面パン工房", "月面パン工房", "Moonside Bakery", "moon-bakery", casts.BAKERY,
    (
        *(
            Chapter(f"第{n}話", 8, str(n), title=title, cover=n == 1)
            for n, title in enumerate(("静かの海の酵母", "無重力クロワッサン", "地球の出", "配達日和", "満月セール"), 1)
        ),
        Chapter("月面パン工房 - Omake.cbz", 6, title="おまけ", format="Special"),
    ),
    "Yui Kogane", "Yui Kogane",
    "月の裏側でただ一軒のパン屋。今日のおすすめは、クレーターの形をしたメロンパン。",
    ("Slice of life", "Science fiction"), ("Food", "Moon", "Work"), 2023, "Everyone", "ja",
    image="jpeg", page_name="img{:d}", comic_info="2.0",
)  # fmt: skip

GENTIAN = Series(
    "竜胆クロニクル", "竜胆クロニクル", "Gentian Chronicle", "gentian", casts.GENTIAN,
    tuple(
        Chapter(f"竜胆クロニクル 第{n:02d}巻.cbz", 16, volume=n, title=title, cover=True, spreads=(9,))
        for n, title in ((1, "種"), (2, "蕾"), (4, "花"))
    ),
    "Kaede Rindo", "Itsuki Sano",
    "山の診療所に残された一冊の日誌。そこには、竜胆の咲く年にだけ現れる旅人の記録があった。",
    ("Historical", "Drama"), ("Medicine", "Mountains"), 2017, "Teen", "ja",
    count=5, publisher="Uminari", side_file=True,
)  # fmt: skip

RAIN = Series(
    "مكتبة المطر", "مكتبة المطر", "The Rain Library", "rain-library", casts.RAIN,
    tuple(
        Chapter(f"مكتبة المطر {n:03d}.cbz", 8, str(n), title=title, cover=n == 1)
        for n, title in enumerate(("الكتاب الأزرق", "حروف تمشي", "إلى البحر"), 1)
    ),
    "Nour Salim", "Hadi Karam",
    "كلما هطل المطر فتحت مكتبة قديمة أبوابها في آخر الزقاق. تدخلها ليلى بحثاً عن كتاب جدتها، فتجد الحروف قد رحلت عن صفحاته.",
    ("Fantasy",), ("Library", "Rain", "Books"), 2022, "Everyone 10+", "ar", publisher="Dar al-Matar",
)  # fmt: skip

PLATFORM = Series(
    "零番線", "零番線", "Platform Zero", "platform-zero", casts.PLATFORM,
    (Chapter("零番線 Oneshot.cbz", 24, title="読み切り", format="One-Shot", cover=True, spreads=(12,)),),
    "Gaku Onoda", "Gaku Onoda",
    "終電のあと、零番線に一本だけ列車が来る。切符は、忘れてしまった名前ひとつ。",
    ("Mystery", "Supernatural"), ("Trains", "Night"), 2018, "Teen", "ja", image="jpeg", count=1,
)  # fmt: skip

STOP = Series(
    "무지개 정류장", "무지개 정류장", "Rainbow Stop", "rainbow-stop", casts.STOP,
    tuple(
        Chapter(f"무지개 정류장 {n}화.cbz", 6 if n == 1 else 5, str(n), title=title, cover=n == 1)
        for n, title in enumerate(("비 오는 날의 버스", "단추", "할머니의 우산", "다음 정류장"), 1)
    ),
    "Han Bora", "Seo Jiwoo",
    "무지개가 뜨는 날에만 버스가 서는 정류장이 있다. 하루는 오늘도 우산 두 개를 들고 기다린다.",
    ("Romance", "Slice of life"), ("Webtoon", "Rain", "School"), 2024, "Everyone", "ko",
    direction="Yes", image="jpeg", publisher="Damdam Studio", strips=True,
)  # fmt: skip

MENDING = Series(
    "달빛 수선집", "달빛 수선집", "Moonlight Mending", "mending", casts.MENDING,
    tuple(
        Chapter(f"달빛 수선집 제{n}권.cbz", 14, volume=n, title=f"제{n}권", cover=True) for n in (1, 2)
    ),
    "Yoon Seulgi", "Yoon Seulgi",
    "밤에만 문을 여는 수선집. 찢어진 옷과 함께 손님의 하루도 꿰매 준다.",
    ("Fantasy", "Slice of life"), ("Craft", "Night"), 2021, "Everyone", "ko",
    direction="No", publisher="Damdam Studio",
)  # fmt: skip

EAST = (TIDAL, SEVEN_LIES, PYLONS, MARKET, BAKERY, GENTIAN, RAIN, PLATFORM, STOP, MENDING)
