"""What HTTP/2 has beyond a request and its answer: an application, and a client that checks it."""
