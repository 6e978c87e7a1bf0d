"""Pure: the attributes that a label declares as JSON Schema (2020-12), and values against it."""

from annotations.attributes.schemas import AttributeSchemaError, check_schema
from annotations.attributes.values import AttributesError, check_attributes

__all__ = ["AttributeSchemaError", "AttributesError", "check_attributes", "check_schema"]
