"""What analysts see: pages over the database, as a plugin of Datasette (`outspoken serve`).

    request -> Gate (who, from where, what headers) -> Datasette -> pages (read-only SQL) or review (the Store's writes)

Datasette brings tables, facets, queries, JSON and CSV; the database is opened read-only for all of it. Only the routes of
the review write, each through a short-lived `Store` of its own, as the commands do beside a running daemon.
"""
