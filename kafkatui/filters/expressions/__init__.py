"""CEL expressions over a record: parsed and checked by Google's library, evaluated here, many times as fast."""
