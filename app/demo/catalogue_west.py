"""The sample series first told in European languages, and the English translations."""

from app.demo import casts
from app.demo.shelf import Chapter, Series

SIGNAL = Series(
    "Salt & Signal", "Salt & Signal", "Salt & Signal", "salt-signal", casts.SIGNAL,
    (
        Chapter("Salt & Signal v01.cbz", 16, volume=1, title="Carrier Wave", cover=True, spreads=(8,)),
        Chapter("Salt & Signal v02.cbz", 16, volume=2, title="Dead Air", cover=True),
        Chapter("Salt & Signal c013.cbz", 8, "13", title="Static"),
        Chapter("Salt & Signal c014.cbz", 8, "14", title="Somebody Answers"),
        Chapter("Salt & Signal c015.cbz", 8, "15", title="Numbers Station"),
        Chapter("Salt & Signal c016.cbz", 8, "16", title="Over and Out"),
    ),
    "Imogen Vale", "Per Lindqvist",
    "A pirate radio ship off a coast that no longer answers. Nami reads the weather every hour, on the hour, until one evening the weather reads back.",
    ("Science fiction", "Thriller"), ("Radio", "Sea", "Found family"), 2021, "Teen",
    direction="No", page_name="Salt & Signal - p{:03d}", publisher="North Pier",
)  # fmt: skip

EBBE = Series(
    "Der Uhrmacher von Ebbe", "Der Uhrmacher von Ebbe", "Der Uhrmacher von Ebbe", "clockmaker", casts.EBBE,
    (
        Chapter("Der Uhrmacher von Ebbe v01.cbz", 16, volume=1, title="Die stehende See", cover=True),
        Chapter("Der Uhrmacher von Ebbe v02.cbt", 16, volume=2, title="Eine Minute vor", cover=True),
    ),
    "Lotte Brandt", "Jannis Kröger",
    "In der Hafenstadt Ebbe gehen alle Uhren eine Minute vor. Als der alte Uhrmacher verschwindet, steht plötzlich das Meer still, und seine Lehrtochter hat genau so viel Zeit, wie eine Feder hält.",
    ("Fantasy", "Mystery"), ("Clocks", "Sea", "Apprentice"), 2019, "Everyone 10+", "de",
    direction="No", comic_info="2.0", publisher="Verlag Nordlicht",
)  # fmt: skip

TRAMWAY = Series(
    "Les Ombres du Tramway 9", "Les Ombres du Tramway 9", "Les Ombres du Tramway 9", "tramway", casts.TRAMWAY,
    (
        Chapter("Les Ombres du Tramway 9 T01.cbz", 14, volume=1, title="Terminus", cover=True, spreads=(7,)),
        Chapter("Les Ombres du Tramway 9 T02.cbz", 14, volume=2, title="Correspondances", cover=True),
    ),
    "Maëlle Aubry", "Théo Garnier",
    "La ligne 9 a fermé en 1954. Pourtant, certains soirs d'automne, un tramway vide descend encore la rue des Ombres. Cléo décide d'y monter.",
    ("Mystery", "Supernatural"), ("Trams", "City", "Night"), 2020, "Teen", "fr",
    direction="No", image="jpeg", publisher="Éditions du Quai",
)  # fmt: skip

CAT = Series(
    "Кот и обсерватория", "Кот и обсерватория", "The Cat and the Observatory", "cat-observatory", casts.CAT,
    tuple(
        Chapter(f"Кот и обсерватория Том 1 Глава {n}.cbz", 8, str(n), 1, title, n == 1)
        for n, title in enumerate(("Новая звезда", "Журнал деда", "Два часа одиннадцать", "Рассвет"), 1)
    ),
    "Вера Лунина", "Илья Север",
    "На заброшенной обсерватории живёт кот, который каждую ночь смотрит в одну точку неба. Ада приезжает разобрать архив деда и замечает, что кот ведёт собственный журнал наблюдений.",
    ("Slice of life", "Mystery"), ("Cats", "Astronomy"), 2022, "Everyone", "ru",
    direction="No", publisher="Полярный круг",
)  # fmt: skip

GHOSTS = Series(
    "Ink for Ghosts (2021)", "Ink for Ghosts", "Ink for Ghosts", "ink-ghosts", casts.GHOSTS,
    tuple(
        Chapter(f"Ink for Ghosts #{n} (2021).cbz", 10, str(n), title=title, cover=n == 1)
        for n, title in enumerate(("The First Blot", "Margins", "Erasure", "A Steady Hand"), 1)
    ),
    "Della Marsh", "Rafael Quint",
    "June letters comics by day. By night the dead queue at her desk, because ink is the only thing they can still hold, and everybody has one more line to say.",
    ("Fantasy", "Comedy"), ("Ghosts", "Comics", "New York"), 2021, "Teen",
    direction="No", image="jpeg", count=4, publisher="Lamplight Comics",
)  # fmt: skip

POLARIS = Series(
    "Polaris Diner", "Polaris Diner", "Polaris Diner", "polaris", casts.POLARIS,
    tuple(
        Chapter(f"Polaris Diner - Chapter {n}.cbz", 8, str(n), title=title, cover=n == 1)
        for n, title in enumerate(("Last Orders", "The Man in Booth Six", "Closing Time"), 1)
    ),
    "Tetsu Kuroda", "Tetsu Kuroda",
    "Open from midnight until dawn, for people who have nowhere else to be. Quiet stories about long nights and the things grown-ups regret. Rated for adults, to try out age limits.",
    ("Drama",), ("Food", "Night", "Adults"), 2016, "Adults Only 18+",
    comic_info="2.1",
)  # fmt: skip

TURBINE = Series(
    "Turbine Girls", "Turbine Girls", "Turbine Girls", "turbine", casts.TURBINE,
    (
        *(
            Chapter(f"Turbine_Girls_Ch.{n:02d}.zip", 8, str(n), title=title, cover=n == 1)
            for n, title in enumerate(("Cut-in Speed", "Blade Pitch", "Storm Shutdown", "Feathered"), 1)
        ),
        Chapter("Turbine Girls SP01.cbz", 6, title="The Maintenance Hatch", format="Special"),
    ),
    "Natsu Okabe", "Rin Fujisaki",
    "Three apprentices keep forty wind turbines turning on an island with more goats than people. Season one of the engineering comedy nobody asked for.",
    ("Comedy", "Slice of life"), ("Engineering", "Island", "Work"), 2023, "Everyone",
    comic_info="2.1", page_name="{:d}",
)  # fmt: skip

WHALE = Series(
    "The Whale and the Power Pole", "The Whale and the Power Pole", "The Whale and the Power Pole",
    "whale", casts.WHALE,
    tuple(
        Chapter(f"{n:03d}.cbz", 8, str(n), title=f"Chapter {n}", cover=n == 1) for n in (1, 2, 3, 5, 6)
    ),
    "Mio Tsukuda", "Mio Tsukuda",
    "A whale has stopped above the crossing and will not say why.",
    ("Fantasy",), ("Whales",), 2015, comic_info=None,
)  # fmt: skip

WEST = (SIGNAL, EBBE, TRAMWAY, CAT, GHOSTS, POLARIS, TURBINE, WHALE)
