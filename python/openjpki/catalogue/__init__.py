"""The catalogue of refusals, as data: what the contracts say of each reason, without gRPC.

``reason.py`` and ``audience.py`` are generated from ``openjpki/api/types/v1/reason.proto``, which
is the one place where a reason is written down; ``make proto`` writes them anew.
"""
