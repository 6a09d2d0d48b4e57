"""A 2-2-2 network of sigmoids, written out in plain numbers, one step."""
import math


def sig(v):
    return 1 / (1 + math.exp(-v))


# what goes in, and what should come out
x1, x2 = 0.3, -0.8
t1, t2 = 0.9, 0.2

a11, a12, a21, a22 = 0.1, 0.4, -0.3, 0.2
c1, c2 = 0.05, -0.15
v11, v12, v21, v22 = 0.6, -0.7, 0.35, 0.8
d1, d2 = 0.1, 0.3
rate = 0.25

net_h1 = a11 * x1 + a12 * x2 + c1
net_h2 = a21 * x1 + a22 * x2 + c2
out_h1 = sig(net_h1)
out_h2 = sig(net_h2)
net_o1 = v11 * out_h1 + v12 * out_h2 + d1
net_o2 = v21 * out_h1 + v22 * out_h2 + d2
out_o1 = sig(net_o1)
out_o2 = sig(net_o2)
E = 0.5 * (t1 - out_o1) ** 2 + 0.5 * (t2 - out_o2) ** 2
print(f"E = {E:.4f}")

# output layer
dE_dnet_o1 = (out_o1 - t1) * out_o1 * (1 - out_o1)
dE_dnet_o2 = (out_o2 - t2) * out_o2 * (1 - out_o2)
dE_dv11 = dE_dnet_o1 * out_h1
dE_dv12 = dE_dnet_o1 * out_h2
dE_dv21 = dE_dnet_o2 * out_h1
dE_dv22 = dE_dnet_o2 * out_h2

# hidden layer: both outputs see each hidden unit
dE_dout_h1 = dE_dnet_o1 * v11 + dE_dnet_o2 * v21
dE_dout_h2 = dE_dnet_o1 * v12 + dE_dnet_o2 * v22
dE_dnet_h1 = dE_dout_h1 * out_h1 * (1 - out_h1)
dE_dnet_h2 = dE_dout_h2 * out_h2 * (1 - out_h2)
dE_da11 = dE_dnet_h1 * x1
dE_da12 = dE_dnet_h1 * x2
dE_da21 = dE_dnet_h2 * x1
dE_da22 = dE_dnet_h2 * x2

v11 = v11 - rate * dE_dv11
v12 = v12 - rate * dE_dv12
a11 = a11 - rate * dE_da11
a21 = a21 - rate * dE_da21
