// What tests make is as trusted as what an administrator makes, whatever the umask of whoever runs them.
process.umask(0o022);
