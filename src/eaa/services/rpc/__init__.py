"""What every gRPC door stands on: identity, errors, health, and an end in good order."""
