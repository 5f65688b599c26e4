"""What-if: coverage under antennas that are turned, moved, added or removed before anybody accepts it; point probe."""
