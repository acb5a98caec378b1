"""A verdict as text: terminal, Markdown, JUnit, tables."""
