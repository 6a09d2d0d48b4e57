//! What the names of a file say: which are losses, derivatives, learning rates, sizes, targets.

/// Names of a loss, the likeliest first.
const LOSSES: [&str; 18] = [
    "loss",
    "total_loss",
    "cost",
    "J",
    "L",
    "mse",
    "bce",
    "nll",
    "E",
    "C",
    "E_total",
    "total_error",
    "Loss",
    "Cost",
    "error",
    "err",
    "e",
    "ll",
];
/// Words in the name of a loss, the likeliest first.
const IN_LOSSES: [&str; 25] = [
    "loss",
    "cost",
    "objective",
    "mse",
    "sse",
    "ssr",
    "rss",
    "chi2",
    "chisq",
    "bce",
    "entropy",
    "verlust",
    "kosten",
    "fehler",
    "perte",
    "cout",
    "coût",
    "custo",
    "perdita",
    "perdida",
    "pérdida",
    "perda",
    "error",
    "likelihood",
    "loglik",
];
/// How the name of a derivative may start; a longer word comes before one that it starts with.
const BEFORE: [&str; 14] = [
    "gradient_wrt",
    "grad_wrt",
    "derivative",
    "deriv",
    "gradient",
    "grad",
    "partial",
    "Delta",
    "delta",
    "nabla",
    "del",
    "∂",
    "d",
    "D",
];
/// How it may end.
const AFTER: [&str; 7] = ["_gradients", "_gradient", "_grads", "_grad", "_derivative", "_deriv", "grad"];
/// How the name of what is handed back from layer to layer may end: a derivative up to a sign and an activation.
const HANDED: [&str; 3] = ["_delta", "_errors", "_error"];

/// Whether a name is one that people give to derivatives: what it is given is part of a formula, and never free.
pub(super) fn is_derivative(name: &str) -> bool {
    let name = name.trim_start_matches('_');
    let lower = name.to_lowercase();
    let words = ["grad", "deriv", "delta", "partial", "nabla", "dloss", "dcost", "derror", "del_", "∂"];
    let ends = ["_grad", "_gradient", "_delta", "_slope", "grad", "_deriv", "gradient"];
    let letters: Vec<char> = name.chars().take(3).collect();
    let short = match *letters {
        ['d' | 'D', '_', ..] => true,
        ['d', second, ..] if second.is_uppercase() => true,
        ['d', _] => true,
        ['d', _, third] => {
            third.is_ascii_digit() || third == '_' || third == 'd' || name.contains("_d") || name.ends_with("next")
        }
        _ => false,
    };
    short
        || hands_back(name)
        || words.iter().any(|word| lower.starts_with(word))
        || ends.iter().any(|word| lower.ends_with(word))
}

/// Whether a method of this name hands a derivative back to the layer before.
pub(super) fn hands_back(name: &str) -> bool {
    let plain = plain(name);
    plain.contains("backward") || plain.contains("backprop") || plain == "bprop"
}

/// Whether a method of this name hands what it computes on to the next layer.
pub(super) fn hands_on(name: &str) -> bool {
    let plain = plain(name);
    ["forward", "forwardpass", "forwardprop", "forwardpropagation", "fprop", "feedforward"].contains(&&*plain)
}

/// Whether a function of this name computes what a model says, or its loss: each time it runs, from the same constants.
pub(super) fn is_pass(name: &str) -> bool {
    let plain = plain(name);
    let words = ["model", "predict", "net", "network", "simulate", "rollout", "rnn", "unroll", "hypothesis", "output"];
    hands_on(name) || is_objective(name) || is_gradient(name) || words.contains(&&*plain)
}

/// Whether a name is one that people give to the derivative that a layer is handed from above.
pub(super) fn comes_from_above(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = ["grad", "error", "upstream", "dvalue", "dout", "delta"];
    is_derivative(name) || words.iter().any(|word| lower.contains(word)) || ["g", "err", "eta"].contains(&&*lower)
}

/// Whether what comes from above is, by its name, the derivative by what comes out of a layer: `dz` and `delta` may be by
/// what goes into its activation.
pub(super) fn is_by_output(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["out", "grad", "upstream", "dvalue", "dy", "da", "above", "next"].iter().any(|word| lower.contains(word))
}

/// Whether a name is one that people give to a derivative in short: `g`, `gw`, `g2`.
pub(super) fn is_derivative_in_short(name: &str) -> bool {
    is_derivative(name) || name.starts_with(['g', 'G']) && name.len() <= 3
}

/// Whether a name is one that people give to a learning rate.
pub(super) fn is_rate(name: &str) -> bool {
    let name = name.to_lowercase();
    // One of several: `rates[0]`.
    let name = match name.split_once('[') {
        Some((all, _)) => all.strip_suffix('s').unwrap_or(all).to_owned(),
        None => name,
    };
    ["lr", "eta", "alpha", "rate", "step", "step_size", "learn", "l_rate", "epsilon", "gamma"].contains(&name.as_str())
        || ["lr0", "eta0", "alpha0", "rho", "η", "α", "tasa", "taxa", "taux", "tasso"].contains(&name.as_str())
        || ["learning", "learn_rate", "aprend", "apprent", "apprend", "lernrate"].iter().any(|word| name.contains(word))
        || name.ends_with("_lr")
}

/// Whether a name is one that people give to what a regularisation is multiplied by.
pub(super) fn is_penalty(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = ["lambda", "decay", "penalty", "regular"];
    ["lam", "lambd", "reg", "l1", "l2", "lmbda", "λ"].contains(&lower.as_str())
        || words.iter().any(|word| lower.contains(word))
}

/// Whether a name is one that people give to a number of samples or units.
pub(super) fn is_size(name: &str) -> bool {
    let name = name.to_lowercase();
    ["n", "m", "k", "size", "batch"].contains(&name.as_str())
        || ["num", "size", "count", "samples", "examples", "batch"].iter().any(|word| name.contains(word))
        || name.starts_with("n_")
}

/// Whether a name is one that people give to all the parameters of a model.
pub(super) fn is_parameter(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["w", "theta", "beta", "weights", "weight", "params", "parameters", "coef", "coeffs"].contains(&lower.as_str())
        || name == "B"
}

/// Whether a name is one that people give to targets.
pub(super) fn is_target(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["y", "ys", "t"].contains(&lower.as_str())
        || lower.starts_with("y_") && !lower.contains("hat") && !lower.contains("pred")
        || ["target", "label", "true", "one_hot", "onehot", "actual", "expected", "desired", "batch_y"]
            .iter()
            .any(|word| lower.contains(word))
}

/// Whether a name is one that people give to the inputs of a model.
pub(super) fn is_data(name: &str) -> bool {
    let lower = name.to_lowercase();
    ["x", "xs", "tx", "inputs", "input", "input_data", "features", "data_x", "training_inputs", "images", "a0"]
        .contains(&lower.as_str())
        || [
            "x_train", "x_test", "x_val", "x_dev", "x_batch", "batch_x", "x_data", "x_norm", "x_scaled", "x_i", "xi",
            "xb", "x_b",
        ]
        .contains(&lower.as_str())
        || ["xtrain", "xtest", "xbatch", "xval", "trainx", "testx", "train_inputs", "train_x", "test_x"]
            .contains(&lower.as_str())
}

/// Whether a name may be that of a number of the data: an input, a target.
pub(super) fn may_be_data(name: &str) -> bool {
    let lower = name.to_lowercase();
    let stem = lower.trim_end_matches(|letter: char| letter.is_ascii_digit() || letter == '_');
    let is_short = ["x", "y", "t", "in", "inp", "i", "o", "z", "h"].contains(&stem);
    is_short || is_data(stem) || is_target(stem) || ["input", "feature", "data"].iter().any(|word| lower.contains(word))
}

/// Whether a name may be that of a table of data with a column of ones: `X`, `X_b`, `Phi`.
pub(super) fn may_be_design(name: &str) -> bool {
    let lower = name.to_lowercase();
    may_be_data(name) || lower.starts_with('x') || ["a", "d", "phi", "design"].contains(&&*lower)
}

/// Whether a name has a word in it; a short one may stand in others, as in `ergebnisse`, and starts one or is one: `mse`,
/// `mse_train`, `msetrain`, `trainMSE`, `rmse`.
fn says(name: &str, word: &str) -> bool {
    if word.len() > 3 {
        return name.to_lowercase().contains(word);
    }
    let is_it = |part: &str| {
        // A capital that follows a small letter starts a word.
        let start =
            part.char_indices().zip(part.chars().skip(1)).filter(|((_, a), b)| a.is_lowercase() && b.is_uppercase());
        let last = start.last().map_or(part, |((at, a), _)| &part[at + a.len_utf8()..]).to_lowercase();
        part.to_lowercase().starts_with(word) || last == word || last.strip_prefix(['r', 'n']) == Some(word)
    };
    name.split(|c: char| !c.is_alphabetic()).any(is_it)
}

/// How likely a name is that of a loss, the likeliest 0; `None` where it is not.
pub(super) fn loss_rank(name: &str) -> Option<usize> {
    LOSSES.iter().position(|known| *known == name).or_else(|| {
        if is_of_function(name) {
            return Some(LOSSES.len() + IN_LOSSES.len());
        }
        let lower = name.to_lowercase();
        let part = IN_LOSSES.iter().position(|word| says(name, word))?;
        let is_derived = is_derivative(name) && !lower.ends_with("_error") || is_gradient(name);
        let derived = is_derived || lower.contains("history");
        (!derived).then_some(LOSSES.len() + part)
    })
}

/// Whether this is what a function of the file comes to, `cost(theta)`, and no name in it.
pub(super) fn is_of_function(name: &str) -> bool {
    name.ends_with(')')
}

/// Whether this is what is supposed to be the loss of a layer that nothing runs.
pub(super) fn is_of_layer(name: &str) -> bool {
    is_of_function(name) && name.starts_with("sum(") && name.contains(" * ")
}

/// Whether this is what a layer or another function than a loss comes to, `sigmoid(x)`, of data of any shape.
pub(super) fn is_of_helper(name: &str) -> bool {
    is_of_function(name) && (is_of_layer(name) || !is_objective(whole_call(name)))
}

/// Whether a function of this name comes near derivatives by differences.
pub(super) fn is_numeric(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_near = ["numeric", "finite", "num", "approx"].iter().any(|word| lower.contains(word));
    is_near && ["grad", "deriv", "diff", "jac"].iter().any(|word| lower.contains(word))
}

/// Whether a function of this name is a cross entropy of several classes, of which one is the right one.
pub(super) fn is_of_classes(name: &str) -> bool {
    let plain = plain(name);
    let is_entropy =
        plain.contains("crossentropy") && !["binary", "bce", "sigmoid"].iter().any(|word| plain.contains(word));
    plain.contains("softmax") || plain.contains("categorical") || is_entropy
}

/// Whether a function of this name is one that a file may want to make small.
pub(super) fn is_objective(name: &str) -> bool {
    let lower = name.to_lowercase();
    let is_one = ["f", "j", "fun", "func", "function"].contains(&&*lower) || lower.contains("entropy") || is_loss(name);
    is_one && !is_gradient(name)
}

/// Whether a function of this name is a loss for certain.
pub(super) fn is_loss(name: &str) -> bool {
    let words = ["loss", "cost", "objec", "objet", "likelihood", "nll", "energy", "mse", "sse", "rss", "criterion"];
    words.iter().any(|word| says(name, word)) && !is_gradient(name) && !is_derivative(name)
}

/// Whether a name is that of something that is to grow, so that steps go up it.
pub(super) fn is_to_grow(name: &str) -> bool {
    let lower = name.to_lowercase();
    let plain = plain(whole_call(&lower));
    let words = ["reward", "utility", "profit", "elbo"];
    let is_turned = ["neg", "minus", "nll", "loss", "cost"].iter().any(|word| lower.contains(word));
    (is_likelihood(name) || words.iter().any(|word| plain.contains(word))) && !is_turned
}

/// Whether a name is that of a likelihood or of its logarithm.
pub(super) fn is_likelihood(name: &str) -> bool {
    let plain = plain(whole_call(&name.to_lowercase()));
    ["likelihood", "loglik", "posterior"].iter().any(|word| plain.contains(word)) || plain == "ll"
}

/// The name of a function that is called: `f` of `f(x)`.
fn whole_call(name: &str) -> &str {
    name.split('(').next().unwrap_or(name)
}

/// Whether a function of this name is one that derives another.
pub(super) fn is_gradient(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = ["grad", "deriv", "prime", "jac", "slope"];
    words.iter().any(|word| lower.contains(word)) && !lower.contains("descent")
        || ["df", "dj", "dfdx", "df_dx", "dcost", "dloss"].contains(&&*lower)
}

/// Whether a function is named as the derivative of another: `sigmoid_prime`, `d_sigmoid` of `sigmoid`.
pub(super) fn is_gradient_of(name: &str, other: &str) -> bool {
    let [own, other] = [name, other].map(plain);
    let words = ["gradient", "grad", "derivative", "derivate", "deriv", "der", "prime", "jacobian", "jac", "d"];
    let rests = words.iter().flat_map(|word| [own.strip_prefix(word), own.strip_suffix(word)]).flatten();
    // `bce_loss` has a `bce_derivative`, too.
    let in_short = ["loss", "cost"].iter().find_map(|end| other.strip_suffix(end)).filter(|other| !other.is_empty());
    rests.into_iter().any(|rest| rest == other || Some(rest) == in_short)
}

/// What else people call a parameter that they call `w` or `b` in short, in small letters: `b1` is `bias1`.
pub(super) fn in_full(name: &str) -> Vec<String> {
    let plain = plain(name);
    let stem = plain.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let words: &[&str] = match stem {
        "w" => &["weight", "weights", "coef", "coefs"],
        "b" => &["bias", "biases", "intercept"],
        _ => &[],
    };
    words.iter().map(|word| format!("{word}{}", &plain[stem.len()..])).collect()
}

/// What an element is one of: `w[1, 0]` of `w`.
pub(super) fn whole(name: &str) -> &str {
    name.split('[').next().unwrap_or(name)
}

/// A name without what says of which time it is: `new_w1`, `w1_now` and `w1` are one.
pub(super) fn in_time(name: &str) -> String {
    let words = ["new", "updated", "update", "upd", "next", "temp", "tmp", "plus", "current", "now", "old", "prev"];
    let lower = name.to_lowercase();
    let other = words.iter().find_map(|word| {
        let rest = lower.strip_prefix(word).or_else(|| lower.strip_suffix(word))?;
        (!rest.trim_matches('_').is_empty()).then(|| rest.trim_matches('_').to_owned())
    });
    other.unwrap_or(lower)
}

/// A name in small letters without underscores.
pub(super) fn plain(name: &str) -> String {
    name.chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}

/// What the name of a derivative can mean: of what, `None` for the loss, and by what. The longest last name comes first.
/// `known` finds the name of the file that a part of it means.
pub(super) fn derivative(name: &str, known: impl Fn(&str) -> Option<String>) -> Vec<(Option<String>, String)> {
    let mut found = Vec::new();
    // `grads[w1]` is by what the key says.
    if let Some((base, key)) = name.split_once('[').filter(|(base, _)| is_derivative(base)) {
        found.extend(known(key.trim_end_matches(']')).map(|wrt| (None, wrt)));
        let is_whole = key.strip_suffix(']').is_some_and(|key| key.chars().any(char::is_alphabetic));
        if is_whole && !base.is_empty() {
            return found;
        }
    }
    let name: String = name.trim_start_matches('_').replace(['/', ' ', '.'], "_");
    for (at, _) in name.char_indices().skip(1) {
        let (head, tail) = name.split_at(at);
        if let Some(of) = before(head, &known)
            && let Some(wrt) = known(tail)
        {
            found.push((of, wrt));
        }
    }
    for end in AFTER.into_iter().chain(HANDED) {
        if let Some(base) = name.strip_suffix(end) {
            let base = BEFORE.iter().find_map(|word| base.strip_prefix(word)?.strip_prefix('_')).unwrap_or(base);
            found.extend(known(base).map(|wrt| (None, wrt)));
        }
    }
    let handed = HANDED_ON.iter().find_map(|start| name.strip_prefix(start));
    found.extend(handed.and_then(known).map(|wrt| (None, wrt)));
    found
}

/// How it may start, for the same.
const HANDED_ON: [&str; 3] = ["error_", "erro_", "err_"];

/// Whether a name only says that something is handed back, and not exactly which derivative it is.
pub(super) fn is_loose(name: &str) -> bool {
    HANDED.iter().any(|end| name.ends_with(end))
        || HANDED_ON.iter().any(|start| name.starts_with(start))
        || name.to_lowercase().starts_with("delta")
}

/// Whether a name is one that people give to errors that are handed back.
pub(super) fn is_handed(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = ["adjust", "ajust", "correc", "korrektur"];
    is_loose(name)
        || ["errors", "err", "erro", "erros"].iter().any(|end| lower.ends_with(end))
        || lower == "error"
        || words.iter().any(|word| lower.contains(word))
}

/// Whether a function of this name is the slope of a unit: `sigmoid_derivative`, `dsigmoid`.
pub(super) fn is_slope_of_unit(name: &str) -> bool {
    let lower = name.to_lowercase();
    let units = ["sig", "tanh", "relu", "act"];
    let is_unit = |of: &str| units.iter().any(|unit| of.trim_start_matches('_').starts_with(unit));
    ["deriv", "prime"].iter().any(|word| lower.contains(word)) || lower.strip_prefix('d').is_some_and(is_unit)
}

/// Whether a name is one that people give to what is only added up: a loss, a total, a count.
pub(super) fn is_sum(name: &str) -> bool {
    let lower = name.to_lowercase();
    let words = ["sum", "total", "count", "acc", "err", "history", "correct"];
    loss_rank(name).is_some() || is_derivative(name) || words.iter().any(|word| lower.contains(word))
}

/// Whether the name of a derivative can be that of a loss: it names nothing else that is differentiated.
pub(super) fn may_be_of_loss(name: &str) -> bool {
    differentiated(name).is_none_or(|of| is_loss_in_short(&of))
}

/// Whether the name of a derivative names a loss: `dL_dw`, but not `dw`.
pub(super) fn is_of_loss(name: &str) -> bool {
    differentiated(name).is_some_and(|of| is_loss_in_short(&of))
}

/// What the name of a derivative says that is differentiated.
fn differentiated(name: &str) -> Option<String> {
    let name = name.replace(['/', ' '], "_");
    let word = BEFORE.iter().find(|word| name.starts_with(**word))?;
    let rest = name[word.len()..].trim_start_matches('_');
    let between = ["_wrt_", "_by_", "_d_", "_d"].iter().find_map(|between| rest.split_once(between));
    between.map(|(of, _)| of.to_owned())
}

fn is_loss_in_short(of: &str) -> bool {
    loss_rank(of).is_some() || loss_rank(&of.to_uppercase()).is_some()
}

/// What is differentiated, by what stands before the last name; none where that is no derivative.
fn before(head: &str, known: &impl Fn(&str) -> Option<String>) -> Option<Option<String>> {
    let word = BEFORE.iter().find(|word| head.starts_with(**word) || head.to_lowercase().starts_with(**word))?;
    let rest = head.get(word.len()..)?.trim_start_matches('_');
    if rest.is_empty() {
        return Some(None);
    }
    // The second derivative, `ddw`, is none by `w`.
    if word == &"d" && ["d", "2"].contains(&rest) {
        return None;
    }
    let ends = ["_wrt_", "_by_", "_over_", "_d_", "_∂", "_d", "_del", "∂", "d", "_"];
    ends.iter().find_map(|end| {
        let of = rest.strip_suffix(end)?.trim_matches('_');
        if of.is_empty() || is_loss_in_short(of) {
            return Some(None);
        }
        known(of).map(Some)
    })
}
