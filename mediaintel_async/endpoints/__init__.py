"""One coroutine per operation of the service, without logic, in a file per group."""
