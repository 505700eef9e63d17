"""Which bytes a document was printed as, in PostgreSQL."""

import psycopg


def first_printed(
    connection: psycopg.Connection, document_id: int, template_sha256: bytes, pdf_sha256: bytes
) -> bytes:
    """The digest of what a document was first printed as by a template: now, if never before."""
    key = {"document": document_id, "template": template_sha256, "pdf": pdf_sha256}
    connection.execute(
        """
        INSERT INTO document_file (document_id, template_sha256, pdf_sha256)
        VALUES (%(document)s, %(template)s, %(pdf)s) ON CONFLICT DO NOTHING
        """,
        key,
    )
    row = connection.execute(
        """
        SELECT pdf_sha256 FROM document_file
        WHERE document_id = %(document)s AND template_sha256 = %(template)s
        """,
        key,
    ).fetchone()
    assert row is not None
    return bytes(row[0])
