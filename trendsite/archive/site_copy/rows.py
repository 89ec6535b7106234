"""A row of a table <-> JSON that needs no other database's keys: relations are natural keys, as Django defines them.

Values are those of Django's own serialization, so SQLite and PostgreSQL give the same text.
"""

import json
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Field, Model

from trendsite.archive.site_copy.tables import Table

_JSON_TYPES = (bool, int, float, str, list, dict)


class UnusableRowError(ValueError):
    """A stored row that this version cannot use. The message is one line without values."""


def rows_of(table: Table) -> Iterator[tuple[Model, dict[str, object]]]:
    """Yield each row of a table and its JSON, in the order in which the rows were made."""
    rows = table.model._default_manager.order_by("pk")
    if table.newest:
        oldest = rows.reverse().values_list("pk", flat=True)[table.newest - 1 : table.newest]
        rows = rows.filter(pk__gte=oldest[0]) if oldest else rows
    for row in rows.iterator(1_000):
        yield row, as_json(table, row)


def as_json(table: Table, row: Model) -> dict[str, object]:
    """Return a row's fields by name, without automatic keys."""
    fields = {field.name: _value(field, row) for field in _columns(table)}
    for relation in row._meta.many_to_many:
        related = getattr(row, relation.name).all()
        fields[relation.name] = sorted(list(other.natural_key()) for other in related)
    return fields


def key_of(table: Table, fields: dict[str, object]) -> str:
    """Return what makes a row the same row in any database.

    Raises:
        UnusableRowError: a field of the key is missing.
    """
    try:
        return json.dumps([fields[name] for name in table.key])
    except KeyError as error:
        raise UnusableRowError(f"{table.label}: a row without {error.args[0]}") from None


class RowWriter:
    """Writes JSON of ``as_json`` to the tables of this version."""

    def __init__(self) -> None:
        self._related: dict[tuple[type[Model], str], Model | None] = {}

    def known_fields(self, table: Table, fields: dict[str, object]) -> dict[str, object]:
        """Return the fields that this version has, and of many related rows those that exist.

        Raises:
            UnusableRowError: such a field is no list of keys.
        """
        known = {field.name: fields[field.name] for field in _columns(table) if field.name in fields}
        for relation in table.model._meta.many_to_many:
            if relation.name in fields:
                keys = fields[relation.name]
                if not isinstance(keys, list):
                    raise UnusableRowError(f"{table.label}: {relation.name} is no list")
                known[relation.name] = sorted(key for key in keys if self._find(relation.related_model, key))
        return known

    def write(self, table: Table, fields: dict[str, object], existing: Model | None) -> None:
        """Make a row, or change the existing one. Fields that an older version did not have get their defaults.

        Raises:
            UnusableRowError: a value does not fit, or a row that it needs is missing.
        """
        row = existing or table.model()
        for field in _columns(table):
            if field.name in fields:
                setattr(row, field.name, self._python(table, field, fields[field.name]))
        # As a fixture: times that Django sets by itself keep their values.
        row.save_base(raw=True)
        for relation in table.model._meta.many_to_many:
            if relation.name in fields:
                keys = fields[relation.name]
                found = [self._find(relation.related_model, key) for key in keys] if isinstance(keys, list) else []
                getattr(row, relation.name).set(filter(None, found))

    def _python(self, table: Table, field: "Field[Any, Any]", value: object) -> object:
        if field.remote_field and value is not None:
            related = self._find(field.related_model, value)
            if related is None and not field.null:
                raise UnusableRowError(f"{table.label}: the row of its {field.name} is missing")
            return related
        if value is None and not field.null:
            raise UnusableRowError(f"{table.label}: no {field.name}")
        try:
            return field.to_python(value)
        except (ValidationError, TypeError, ValueError):
            raise UnusableRowError(f"{table.label}: {field.name} has a value that does not fit") from None

    def _find(self, model: Any, key: object) -> Model | None:  # noqa: ANN401 - Django types relations loosely
        """Return the row with a natural key. Rows that are found once are not read again."""
        known = (model, json.dumps(key))
        if not isinstance(key, list):
            return None
        if self._related.get(known) is None:
            try:
                self._related[known] = model._default_manager.get_by_natural_key(*key)
            except (ObjectDoesNotExist, TypeError, ValueError):
                return None
        return self._related[known]


def _columns(table: Table) -> "list[Field[Any, Any]]":
    """Return the fields with a column of their own, without automatic keys."""
    fields = table.model._meta.concrete_fields
    return [
        field
        for field in fields
        if field.name not in table.left_out
        and not (field.primary_key and field.get_internal_type().endswith("AutoField"))
    ]


def _value(field: "Field[Any, Any]", row: Model) -> object:
    if field.remote_field:
        related = getattr(row, field.name)
        return list(related.natural_key()) if related else None
    value = field.value_from_object(row)
    return value if value is None or isinstance(value, _JSON_TYPES) else field.value_to_string(row)
