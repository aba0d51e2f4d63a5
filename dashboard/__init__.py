"""What people see: pages, live frames and who may ask for them. It must not know SQL, sockets of feeds, or settings."""
