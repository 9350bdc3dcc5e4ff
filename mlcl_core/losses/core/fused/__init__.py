"""The weighted softmax loss in Triton kernels for bfloat16: nothing of size n x m leaves the chip."""
