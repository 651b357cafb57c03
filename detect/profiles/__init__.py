"""Watch profiles: one TOML file for each group that is watched for."""
