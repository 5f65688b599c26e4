"""Radio: models of path loss, antennas, the ground, and what they make of transmitters on a grid.

Asked of the house as a library and called by no run yet: P.1411 in street canyons and over roofs (``p1411``), P.1238
indoors (``site_general.room``), P.2108 slant paths (``p2108.slant_loss_db``), F.1336 sectors
(``patterns.f1336_sector``), and the one-profile forms of P.526 (``diffraction.delta_bullington_loss``) and P.1812
(``p1812.predict_path``), by which the sweeps are proved.
"""
