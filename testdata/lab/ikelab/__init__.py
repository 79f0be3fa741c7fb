"""The lab: network namespaces, IKE daemons, taps, and the truth about what happened."""
