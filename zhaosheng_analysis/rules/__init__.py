"""How a policy file is read and proved: vocabulary, decision tables, settings."""
