"""What `eaa bench engine` measures beyond workflows: services, takeovers, long histories, many runs that wait."""
