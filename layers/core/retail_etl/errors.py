"""Everything that can go wrong, and what follows from it.

    EtlError
    ├── ContractError       the contract itself is wrong: fix the YAML
    ├── DeliveryRefused     a raw file that cannot be used: reported, never retried
    ├── Superseded          a newer version of the object has taken over: nothing left to do
    ├── WarehouseError      Redshift said no, and would say no again: reported, never retried
    └── TransientError      may succeed when tried again: left to the queue's retry

The class alone decides about retry. Any other exception is a bug or an outage; it is left to the queue's retry
and ends in the dead-letter queue.
"""


class EtlError(Exception):
    """Base of this product's own errors. The message is written for the person who reads the alert."""


class ContractError(EtlError):
    """The contract is not valid, or says something that the product cannot do."""


class DeliveryRefused(EtlError):
    """The whole raw file is unusable. Terminal."""


class Superseded(EtlError):
    """The object has another version now, whose own event takes care of it. Terminal, and no failure."""


class WarehouseError(EtlError):
    """Redshift refused a statement for a reason that a retry does not change. Terminal."""


class TransientError(EtlError):
    """The call may succeed later: throttled, a resuming workgroup, a serialization conflict, a lost connection."""
