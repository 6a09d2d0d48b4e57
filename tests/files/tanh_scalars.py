from math import tanh

# one input, two tanh units, one linear output
p = 0.7
goal = -0.2
u1, u2 = 0.5, -1.2
k1, k2 = 0.1, 0.3
q1, q2 = 0.8, 0.4
k3 = -0.1
lr = 0.1

for i in range(25):
    s1 = u1 * p + k1
    s2 = u2 * p + k2
    y1 = tanh(s1)
    y2 = tanh(s2)
    guess = q1 * y1 + q2 * y2 + k3
    cost = (guess - goal) ** 2 / 2

    grad_guess = guess - goal
    grad_q1 = grad_guess * y1
    grad_q2 = grad_guess * y2
    grad_k3 = grad_guess
    grad_s1 = grad_guess * q1 * (1 - y1 ** 2)
    grad_s2 = grad_guess * q2 * (1 - y2 ** 2)
    grad_u1 = grad_s1 * p
    grad_u2 = grad_s2 * p
    grad_k1 = grad_s1
    grad_k2 = grad_s2

    u1, u2 = u1 - lr * grad_u1, u2 - lr * grad_u2
    k1, k2, k3 = k1 - lr * grad_k1, k2 - lr * grad_k2, k3 - lr * grad_k3
    q1 = q1 - lr * grad_q1
    q2 = q2 - lr * grad_q2
