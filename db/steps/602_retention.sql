CREATE INDEX articles_with_words ON articles (stored) WHERE text <> '' OR title <> '';
