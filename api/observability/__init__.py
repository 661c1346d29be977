"""What a running server tells those who look after it: metrics, logs, traces; never what was asked."""
