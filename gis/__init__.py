"""Yantu's core: a city's digital infrastructure in one SpatiaLite file. No Qt inside."""
