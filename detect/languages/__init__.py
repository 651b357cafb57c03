"""General lexicons, one TOML file a language: the words of leaving, belonging, saying, captivity, journalism."""
