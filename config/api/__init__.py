"""What every endpoint shares: errors, pages, versions, retries, rates. It imports no app."""
