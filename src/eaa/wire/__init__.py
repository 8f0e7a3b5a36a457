"""Made by scripts/proto from proto/. Do not edit."""
