from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from app.foundation.db import Table
from app.library.models.library import Library


class SearchDocument(Table):
    """What a search may match: 1-, 2- and 3-grams of folded titles, people and tags in any script,
    the same texts as lines (`app.library.grams.Document`) to check and to rank by, and full text
    (`simple`) of summaries and chapter titles."""

    __tablename__ = "search_document"
    __table_args__ = (
        Index("ix_search_document_grams", "grams", postgresql_using="gin"),
        *(
            Index(
                f"ix_search_document_{kind}_words",
                "words",
                postgresql_using="gin",
                postgresql_where=text(f"kind = '{kind}'"),
            )
            for kind in ("series", "chapter")
        ),
        Index("ix_search_document_title", "title", "id", postgresql_where=text("title > ''")),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    library_id: Mapped[UUID] = mapped_column(ForeignKey(Library.id, ondelete="CASCADE"), index=True)
    grams: Mapped[list[str]] = mapped_column(ARRAY(Text))
    words: Mapped[str | None] = mapped_column(TSVECTOR)
    title: Mapped[str] = mapped_column(Text(collation="C"), default="", server_default="")
    names: Mapped[str] = mapped_column(default="", server_default="")
    about: Mapped[str] = mapped_column(default="", server_default="")
