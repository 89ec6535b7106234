"""The pages behind log-in on which people see and choose what is collected."""
