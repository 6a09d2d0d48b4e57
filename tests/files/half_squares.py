from math import exp
inputs = [0.05, 0.10]
targets = [0.01, 0.99]
w = [0.15, 0.20, 0.25, 0.30, 0.40, 0.45, 0.50, 0.55]
b1 = 0.35
b2 = 0.60
def sigmoid(x): return 1.0/(1.0+exp(-x))
h1 = sigmoid(w[0]*inputs[0] + w[1]*inputs[1] + b1)
h2 = sigmoid(w[2]*inputs[0] + w[3]*inputs[1] + b1)
o1 = sigmoid(w[4]*h1 + w[5]*h2 + b2)
o2 = sigmoid(w[6]*h1 + w[7]*h2 + b2)
E_total = 0.5*(targets[0]-o1)**2 + 0.5*(targets[1]-o2)**2
delta_o1 = (o1 - targets[0])*o1*(1-o1)
delta_o2 = (o2 - targets[1])*o2*(1-o2)
eta = 0.5
delta_h1 = (delta_o1*w[4] + delta_o2*w[6])*h1*(1-h1)
new_w4 = w[4] - eta*delta_o1*h1
w[4] -= eta * delta_o1 * h1
w[5] -= eta * delta_o1 * h2
w[0] -= eta * delta_h1 * inputs[0]
