"""The service's own OpenID provider: authorization code + PKCE for one public client, token exchange."""
