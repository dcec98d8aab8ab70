"""One coroutine per operation of the service, without logic, in one file per group."""
