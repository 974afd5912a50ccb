-- Each service has a database of its own.
create database prover;
