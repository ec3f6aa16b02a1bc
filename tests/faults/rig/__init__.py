"""What fault tests are made of: a broker that is killed and started again, its disk, and load that goes on."""
