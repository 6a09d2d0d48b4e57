import math, random
def sigmoid(x):
    return 1 / (1 + math.exp(-x))
data = [[1, 2, 0], [2, 1, 1], [0, 1, 0], [3, 1, 1]]
w1 = random.random()
w2 = random.random()
b = random.random()
lr = 0.2
for i in range(50000):
    ri = random.randint(0, len(data) - 1)
    point = data[ri]
    z = point[0]*w1 + point[1]*w2 + b
    pred = sigmoid(z)
    target = point[2]
    cost = (pred - target)**2
    dcost_dpred = 2*(pred - target)
    dpred_dz = sigmoid(z)*(1 - sigmoid(z))
    dz_dw1 = point[0]
    dz_dw2 = point[1]
    dz_db = 1
    dcost_dz = dcost_dpred * dpred_dz
    dcost_dw1 = dcost_dz * dz_dw1
    dcost_dw2 = dcost_dz * dz_dw2
    dcost_db = dcost_dz * dz_db
    w1 = w1 - lr*dcost_dw1
    w2 = w2 - lr*dcost_dw2
    b = b - lr*dcost_db
