"""Wrong answers to exercise set 1: what a learner may write, and what it is told.

WRONG[exercise][mistake] is the answer cell and a pattern of the check's message. A
mistake whose name ends in "(hidden)" passes the checks that learners see.
BELIEFS[exercise][mistake] is what a learner thinks who writes it.

UNUSUAL[exercise][what] is a right answer that looks unlike the key's: the answer cell,
or a pair of it and of cells of the learner's own that stand above it.

EQUIVALENT[exercise][change] says why a change of the key's answer that
`tests/benchmarks/mutants.py` makes leaves the answer right.
"""

WRONG = {
    "class_counts": {
        "absent classes at the end are missing": (
            """
def class_counts(labels, num_classes):
    return torch.bincount(labels)
""",
            r"must have the shape \(7,\), but has \(6,\).*counted too, with 0",
        ),
        "only classes that occur": (
            """
def class_counts(labels, num_classes):
    return labels.unique(return_counts=True)[1]
""",
            r"must have the shape \(7,\), but has \(3,\)",
        ),
        "shares": (
            """
def class_counts(labels, num_classes):
    return torch.bincount(labels, minlength=num_classes) / len(labels)
""",
            r"sum to 4 for 4 labels, got 1: .*not shares",
        ),
        "occurs or not": (
            """
def class_counts(labels, num_classes):
    counts = torch.zeros(num_classes, dtype=torch.int64)
    counts[labels] += 1
    return counts
""",
            r"sum to 4 for 4 labels, got 3",
        ),
        "histogram between the extremes": (
            """
def class_counts(labels, num_classes):
    return torch.histc(labels.float(), bins=num_classes)
""",
            r"the counts: .* values differ",
        ),
        "floating-point counts": (
            """
def class_counts(labels, num_classes):
    return torch.tensor([(labels == k).sum() for k in range(num_classes)]).float()
""",
            r"expected whole numbers, got torch.float32",
        ),
        "seven classes (hidden)": (
            """
def class_counts(labels, num_classes):
    return torch.bincount(labels, minlength=7)
""",
            r"counts of 100 random labels of \d+ classes must have the shape",
        ),
    },
    "batch_sizes": {
        "the last batch counted as full": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [batch_size] * -(-n // batch_size)
""",
            r"got \[4, 4, 4\], together 12 images",
        ),
        "the short batch forgotten": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [batch_size] * (n // batch_size)
""",
            r"got \[4, 4\], together 8 images.*may be short",
        ),
        "an empty batch": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    sizes = [batch_size] * (n // batch_size)
    return sizes if drop_last else sizes + [n % batch_size]
""",
            r"got \[4, 4, 0\]\. Nothing is left over",
        ),
        "spread evenly": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [len(part) for part in torch.arange(n).chunk(-(-n // batch_size) + 1)]
""",
            r"expected \[4, 4, 2\], got \[3, 3, 3, 1\]",
        ),
        "drop_last ignored": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return [len(part) for part in torch.arange(n).split(batch_size)]
""",
            r"10 images, drop_last=True: expected \[4, 4\], got \[4, 4, 2\]",
        ),
        "drop_last drops a full batch": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    sizes = [len(part) for part in torch.arange(n).split(batch_size)]
    return sizes[:-1] if drop_last else sizes
""",
            r"8 images, drop_last=True: .* got \[4\]\. Only a batch that is not full",
        ),
        "the number of batches": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    return -(-n // batch_size)
""",
            r"expected a list, got 3 \(int\)",
        ),
        "two full batches at most (hidden)": (
            """
def batch_sizes(n, batch_size, drop_last=False):
    sizes = [batch_size] * min(2, n // batch_size)
    rest = n - sum(sizes)
    return sizes + ([rest] if rest and not drop_last else [])
""",
            r"batches of 1 for \d+ images: expected \d+, the last of 1",
        ),
    },
    "majority_baseline": {
        "the median (hidden)": (
            """
def majority_baseline(train_labels, test_labels):
    answer = train_labels.median().item()
    answer = 2 if answer == 2 else answer
    return answer, (test_labels == answer).double().mean().item()
""",
            r"the answer for random labels",
        ),
        "the rounded mean (hidden)": (
            """
def majority_baseline(train_labels, test_labels):
    answer = round(train_labels.double().mean().item())
    return answer, (test_labels == answer).double().mean().item()
""",
            r"the answer for random labels",
        ),
        "chosen on the test labels": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(test_labels).argmax().item()
    return answer, (test_labels == answer).float().mean().item()
""",
            r"got 4, the most frequent class of the test labels",
        ),
        "the count instead of the class": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(train_labels).max().item()
    return answer, (test_labels == answer).float().mean().item()
""",
            r"got 3: that is how often the class occurs",
        ),
        "accuracy in training": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(train_labels).argmax().item()
    return answer, (train_labels == answer).float().mean().item()
""",
            r"got 1/2: that is the share of the class in the training labels",
        ),
        "number of right answers": (
            """
def majority_baseline(train_labels, test_labels):
    answer = torch.bincount(train_labels).argmax().item()
    return answer, (test_labels == answer).sum().item()
""",
            r"the accuracy: expected 0.25, got 2\. 2 of the 8",
        ),
        "accuracy only": (
            """
def majority_baseline(train_labels, test_labels):
    return (test_labels == train_labels.mode().values).float().mean().item()
""",
            r"expected two numbers, got 0.25 \(float\)",
        ),
        "always 2 (hidden)": (
            """
def majority_baseline(train_labels, test_labels):
    return 2, (test_labels == 2).float().mean().item()
""",
            r"the answer for random labels",
        ),
    },
    "normalize": {
        "the test set by its own statistics": (
            """
def normalize(train, test):
    return tuple(
        (x - x.mean((0, 2, 3), keepdim=True)) / x.std((0, 2, 3), keepdim=True)
        for x in (train, test)
    )
""",
            r"test images have mean 0: you normalize them with their own mean",
        ),
        "statistics of both together": (
            """
def normalize(train, test):
    x = torch.cat([train, test])
    mean, std = x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True)
    return (train - mean) / std, (test - mean) / std
""",
            r"the means of both channels: .* expected 0, got -",
        ),
        "for each pixel": (
            """
def normalize(train, test):
    mean, std = train.mean(dim=0), train.std(dim=0)
    return (train - mean) / std, (test - mean) / std
""",
            r"for each pixel; one of each per channel",
        ),
        "one mean for all channels": (
            """
def normalize(train, test):
    return (train - train.mean()) / train.std(), (test - train.mean()) / train.std()
""",
            r"the means of both channels: .*Each channel has its own mean",
        ),
        "not divided": (
            """
def normalize(train, test):
    mean = train.mean((0, 2, 3), keepdim=True)
    return train - mean, test - mean
""",
            r"deviations of both channels: .*divide by the standard deviation",
        ),
        "divided by the variance": (
            """
def normalize(train, test):
    mean, var = train.mean((0, 2, 3), keepdim=True), train.var((0, 2, 3), keepdim=True)
    return (train - mean) / var, (test - mean) / var
""",
            r"deviations of both channels: .*divide by the standard deviation",
        ),
        "in place": (
            """
def normalize(train, test):
    mean, std = train.mean((0, 2, 3), keepdim=True), train.std((0, 2, 3), keepdim=True)
    for images in (train, test):
        images -= mean
        images /= std
    return train, test
""",
            r"changes the images it is given.*in place",
        ),
        "two channels taken for granted (hidden)": (
            """
def normalize(train, test):
    results = train.clone(), test.clone()
    for c in range(2):
        mean, std = train[:, c].mean(), train[:, c].std()
        for x in results:
            x[:, c] = (x[:, c] - mean) / std
    return results
""",
            r"channel 2 of random images with \d channels",
        ),
    },
    "nearest_mean": {
        "median image (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    classes = range(int(train_labels.max()) + 1)
    means = [train_images[train_labels == k].median(dim=0).values for k in classes]
    means = torch.stack(means).flatten(1)
    return torch.cdist(images.flatten(1), means, p=2).argmin(dim=1)
""",
            r"the answers for \d+ random images",
        ),
        "largest difference (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    classes = range(int(train_labels.max()) + 1)
    means = [train_images[train_labels == k].mean(dim=0) for k in classes]
    means = torch.stack(means).flatten(1)
    return torch.cdist(images.flatten(1), means, p=float('inf')).argmin(dim=1)
""",
            r"the answers for \d+ random images",
        ),
        "L1 distance (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    classes = range(int(train_labels.max()) + 1)
    means = [train_images[train_labels == k].mean(dim=0) for k in classes]
    means = torch.stack(means).flatten(1)
    return torch.cdist(images.flatten(1), means, p=1).argmin(dim=1)
""",
            r"the answers for \d+ random images",
        ),
        "the nearest image": (
            """
def nearest_mean(train_images, train_labels, images):
    distances = torch.cdist(images.flatten(1), train_images.flatten(1))
    return train_labels[distances.argmin(dim=1)]
""",
            r"class of the nearest training image; take the nearest mean",
        ),
        "the farthest mean": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).argmax(dim=1)
""",
            r"these are the classes farthest away",
        ),
        "the distance instead of the class": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).amin(dim=1)
""",
            r"got torch.float32: `argmin` gives the place",
        ),
        "along the images": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).argmin(dim=0)
""",
            r"must have the shape \(4,\), but has \(3,\)",
        ),
        "mean brightness instead of mean image": (
            """
def nearest_mean(train_images, train_labels, images):
    means = torch.stack([train_images[train_labels == k].mean() for k in range(3)])
    return (images.flatten(1).mean(dim=1)[:, None] - means).abs().argmin(dim=1)
""",
            r"expected \[0, 1, 2, 0\], got .*The mean images are",
        ),
        "differences without a square": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    differences = images.flatten(1)[:, None] - torch.stack(means)
    return differences.sum(dim=2).argmin(dim=1)
""",
            r"root of the sum of squared differences",
        ),
        "divided by all images": (
            """
def nearest_mean(train_images, train_labels, images):
    sums = [train_images[train_labels == k].sum(dim=0).flatten() for k in range(3)]
    means = torch.stack(sums) / len(train_labels)
    return torch.cdist(images.flatten(1), means).argmin(dim=1)
""",
            r"expected \[0, 1, 2, 0\], got .*The mean images are",
        ),
        "three classes taken for granted (hidden)": (
            """
def nearest_mean(train_images, train_labels, images):
    means = [train_images[train_labels == k].mean(dim=0).flatten() for k in range(3)]
    return torch.cdist(images.flatten(1), torch.stack(means)).argmin(dim=1)
""",
            r"answers for 20 random images",
        ),
    },
    "report": {
        "still chosen on the test set": (
            """
def report(valid_right, test_right):
    accuracies = test_right.float().mean(dim=1)
    return accuracies.argmax().item(), accuracies.max().item()
""",
            r"got epoch 0, the best on the test images",
        ),
        "chosen on both": (
            """
def report(valid_right, test_right):
    both = torch.cat([valid_right, test_right], dim=1).float().mean(dim=1)
    return both.argmax().item(), test_right[both.argmax()].float().mean().item()
""",
            r"The choice may use the validation images only",
        ),
        "the validation accuracy": (
            """
def report(valid_right, test_right):
    accuracies = valid_right.float().mean(dim=1)
    return accuracies.argmax().item(), accuracies.max().item()
""",
            r"got 3/4, the validation accuracy",
        ),
        "the best test accuracy of any epoch": (
            """
def report(valid_right, test_right):
    best = valid_right.float().mean(dim=1).argmax().item()
    return best, test_right.float().mean(dim=1).max().item()
""",
            r"got 5/5, the best test accuracy of any epoch",
        ),
        "the mean test accuracy": (
            """
def report(valid_right, test_right):
    best = valid_right.float().mean(dim=1).argmax().item()
    return best, test_right.float().mean().item()
""",
            r"accuracy to report: expected 0.4, got 0.66.*that of one epoch",
        ),
        "counted from 1": (
            """
def report(valid_right, test_right):
    best = valid_right.float().mean(dim=1).argmax().item()
    return best + 1, test_right[best].float().mean().item()
""",
            r"the epoch to keep: expected 1, got 2",
        ),
        "always epoch 1 (hidden)": (
            """
def report(valid_right, test_right):
    return 1, test_right[1].float().mean().item()
""",
            r"the best of \d+ random epochs",
        ),
    },
    "stratified_split": {
        "the test part is never shuffled": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        v = round(valid_fraction * len(members))
        t = round(test_fraction * len(members))
        rest = members[t:]
        rest = rest[torch.randperm(len(rest), generator=generator)]
        for part, found in zip(parts, (rest[v:], rest[:v], members[:t]), strict=True):
            part.append(found)
    return tuple(map(torch.cat, parts))
""",
            r"every seed gives the same test part",
        ),
        "not stratified": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(labels), generator=generator)
    v, t = round(valid_fraction * len(order)), round(test_fraction * len(order))
    return order[v + t + 1:], order[:v + 1], order[v + 1:v + t + 1]
""",
            r"the (validation|test) part: expected .*Split each class by itself",
        ),
        "positions within the class": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in labels.unique():
        n = int((labels == k).sum())
        order = torch.randperm(n, generator=generator)
        v, t = round(valid_fraction * n), round(test_fraction * n)
        for part, members in zip(parts, (order[v + t:], order[:v], order[v:v + t])):
            part.append(members)
    return tuple(torch.cat(part) for part in parts)
""",
            r"of 36 images, 18 are in no part and 9 are in several.*not yet indices",
        ),
        "validation and test drawn independently": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    def draw(fraction):
        drawn = []
        for k in labels.unique():
            members = torch.nonzero(labels == k).squeeze(1)
            order = torch.randperm(len(members), generator=generator)
            drawn.append(members[order[:round(fraction * len(members))]])
        return torch.cat(drawn)
    valid, test = draw(valid_fraction), draw(test_fraction)
    rest = torch.ones(len(labels), dtype=torch.bool)
    rest[valid] = False
    return torch.nonzero(rest).squeeze(1), valid, test
""",
            r"of 36 images, 0 are in no part and [1-9] are in several",
        ),
        "rounded down": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        members = members[torch.randperm(len(members), generator=generator)]
        v, t = int(valid_fraction * len(members)), int(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"validation part: expected \[4, 2, 2\].*got \[3, 1, 1\].*and round",
        ),
        "the first of each class": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        v, t = round(valid_fraction * len(members)), round(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"every seed gives the same split: shuffle",
        ),
        "the seed is not used": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    parts = [], [], []
    for k in labels.unique():
        members = torch.nonzero(labels == k).squeeze(1)
        members = members[torch.randperm(len(members))]
        v, t = round(valid_fraction * len(members)), round(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"same seed give different splits",
        ),
        "three classes taken for granted (hidden)": (
            """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    generator = torch.Generator().manual_seed(seed)
    parts = [], [], []
    for k in range(3):
        members = torch.nonzero(labels == k).squeeze(1)
        members = members[torch.randperm(len(members), generator=generator)]
        v, t = round(valid_fraction * len(members)), round(test_fraction * len(members))
        for part, some in zip(parts, (members[v + t:], members[:v], members[v:v + t])):
            part.append(some)
    return tuple(torch.cat(part) for part in parts)
""",
            r"all indices of a random split of 400 images of \d+ classes",
        ),
    },
}

BELIEFS = {
    "class_counts": {
        "absent classes at the end are missing": (
            "Believes that `bincount` knows how many classes there are."
        ),
        "only classes that occur": (
            "Believes that a class without images is not to be counted."
        ),
        "shares": "Believes that how often means what share.",
        "occurs or not": (
            "Believes that `+=` at a repeated index adds once for each time."
        ),
        "histogram between the extremes": (
            "Believes that a histogram's bins are the classes."
        ),
        "floating-point counts": "Believes that a count is a number like any other.",
        "seven classes (hidden)": "Takes a number of the example for the only one.",
    },
    "batch_sizes": {
        "the last batch counted as full": "Believes that all batches are equally long.",
        "the short batch forgotten": "Believes that images left over are skipped.",
        "an empty batch": "Believes that there always is something left over.",
        "spread evenly": "Believes that images are shared out among the batches evenly.",
        "drop_last ignored": "Believes that a default is never changed.",
        "drop_last drops a full batch": (
            "Believes that the last batch is dropped, full or not."
        ),
        "the number of batches": "Believes that iterations are asked for, not sizes.",
        "two full batches at most (hidden)": (
            "Believes that every epoch looks like the example."
        ),
    },
    "majority_baseline": {
        "the median (hidden)": "Believes that the middle label is the most frequent.",
        "the rounded mean (hidden)": (
            "Believes that the mean of labels means something."
        ),
        "chosen on the test labels": (
            "Believes that a baseline so simple can't leak anything."
        ),
        "the count instead of the class": (
            "Believes that the maximum of the counts is the class."
        ),
        "accuracy in training": (
            "Believes that an answer is as good in testing as in training."
        ),
        "number of right answers": (
            "Believes that accuracy is a number of images, not a share."
        ),
        "accuracy only": "Believes that the accuracy is all that is asked for.",
        "always 2 (hidden)": "Takes the answer of the example for that of all data.",
    },
    "normalize": {
        "the test set by its own statistics": (
            "Believes that every data set is normalized by itself."
        ),
        "statistics of both together": (
            "Believes that more images give better statistics, test images too."
        ),
        "for each pixel": "Believes that each pixel is a feature with its own scale.",
        "one mean for all channels": "Believes that all channels share one scale.",
        "not divided": "Believes that normalizing means subtracting the mean.",
        "divided by the variance": (
            "Believes that variance and standard deviation are two names for one thing."
        ),
        "in place": "Believes that a function owns the images it is given.",
        "two channels taken for granted (hidden)": (
            "Believes that all images have as many channels as the example."
        ),
    },
    "nearest_mean": {
        "median image (hidden)": "Believes that a median is as good as a mean.",
        "largest difference (hidden)": (
            "Believes that the distance is the largest difference of any pixel."
        ),
        "L1 distance (hidden)": (
            "Believes that differences are added up without squaring them."
        ),
        "the nearest image": "Mixes it up with the method of the nearest neighbor.",
        "the farthest mean": "Believes that the largest entry is always the answer.",
        "the distance instead of the class": (
            "Believes that the answer is how near the mean is, not whose it is."
        ),
        "along the images": "Mixes up which dimension counts images and which classes.",
        "mean brightness instead of mean image": (
            "Believes that the mean of a class is one number."
        ),
        "differences without a square": (
            "Believes that the sum of the differences tells how far apart images are."
        ),
        "divided by all images": (
            "Believes that every mean is divided by the number of all images."
        ),
        "three classes taken for granted (hidden)": (
            "Takes the number of classes from the example."
        ),
    },
    "report": {
        "still chosen on the test set": (
            "Believes that the best epoch may be looked up on the test images."
        ),
        "chosen on both": (
            "Believes that a choice by more images is better, test images included."
        ),
        "the validation accuracy": (
            "Believes that the accuracy that chose the epoch is the one to report."
        ),
        "the best test accuracy of any epoch": (
            "Believes that a model may show its best test result of all epochs."
        ),
        "the mean test accuracy": (
            "Believes that a mean over all epochs is fair to the one that is kept."
        ),
        "counted from 1": "Counts epochs from 1, as people do.",
        "always epoch 1 (hidden)": "Takes the answer of the example for a rule.",
    },
    "stratified_split": {
        "the test part is never shuffled": (
            "Believes that shuffling what is left after the test part is enough."
        ),
        "not stratified": "Believes that chance gives each class its share exactly.",
        "positions within the class": (
            "Believes that positions among the members are indices into the labels."
        ),
        "validation and test drawn independently": (
            "Believes that two fair draws do not get in each other's way."
        ),
        "rounded down": "Believes that `int` rounds to the nearest whole number.",
        "the first of each class": "Believes that images are stored in no order.",
        "the seed is not used": "Believes that shuffled is shuffled, seed or not.",
        "three classes taken for granted (hidden)": (
            "Takes the number of classes from the example."
        ),
    },
}

UNUSUAL = {
    "class_counts": {
        "one-hot rows, summed": """
def class_counts(labels, num_classes):
    return torch.nn.functional.one_hot(labels, num_classes).sum(dim=0)
""",
        "a dictionary": """
from collections import Counter

def class_counts(labels, num_classes):
    counted = Counter(labels.tolist())
    return torch.tensor([counted[k] for k in range(num_classes)])
""",
        "NumPy": """
import numpy as np

def class_counts(labels, num_classes):
    counts = np.zeros(num_classes, dtype=np.int32)
    np.add.at(counts, labels.numpy(), 1)
    return torch.from_numpy(counts)
""",
    },
    "batch_sizes": {
        "takes images away": """
def batch_sizes(n, batch_size, drop_last=False):
    sizes = []
    while n > 0:
        sizes.append(min(n, batch_size))
        n -= sizes[-1]
    if drop_last and sizes[-1] < batch_size:
        del sizes[-1]
    return sizes
""",
        "recursion with a lambda": """
batch_sizes = lambda n, batch_size, drop_last=False: (
    [batch_size] + batch_sizes(n - batch_size, batch_size, drop_last)
    if n >= batch_size
    else [n] * (n > 0 and not drop_last)
)
import sys
sys.setrecursionlimit(10_000)
""",
        "a data loader": """
from torch.utils.data import DataLoader

def batch_sizes(n, batch_size, drop_last=False):
    return [len(b) for b in DataLoader(range(n), batch_size, drop_last=drop_last)]
""",
    },
    "majority_baseline": {
        "sorted counts": """
def majority_baseline(train_labels, test_labels):
    labels = train_labels.tolist()
    answer = sorted(set(labels), key=labels.count)[-1]
    return answer, test_labels.tolist().count(answer) / len(test_labels)
""",
        "tensors": """
def majority_baseline(train_labels, test_labels):
    classes, counts = train_labels.unique(return_counts=True)
    answer = classes[counts == counts.max()][0]
    return [answer, torch.eq(test_labels, answer).double().mean()]
""",
    },
    "normalize": {
        "loops over the channels": """
def normalize(train, test):
    results = torch.empty_like(train), torch.empty_like(test)
    for c in range(train.shape[1]):
        std, mean = torch.std_mean(train[:, c])
        for result, images in zip(results, (train, test)):
            result[:, c] = (images[:, c] - mean) / std
    return results
""",
        "by the mean of squares, in NumPy": """
def normalize(train, test):
    pixels = train.double().numpy().swapaxes(0, 1).reshape(train.shape[1], -1)
    mean = pixels.mean(axis=1)
    std = ((pixels**2).mean(axis=1) - mean**2) ** 0.5
    mean, std = (torch.tensor(v)[None, :, None, None] for v in (mean, std))
    return (train - mean) / std, (test - mean) / std
""",
        "a layer": """
def normalize(train, test):
    layer = torch.nn.BatchNorm2d(train.shape[1], eps=1e-12, momentum=1.0, affine=False)
    layer(train)
    layer.eval()
    return layer(train), layer(test)
""",
        "a helper in another cell": (
            """
def normalize(train, test):
    scale = Scale(train)
    return scale(train), scale(test)
""",
            [
                """
class Scale:
    def __init__(self, images):
        channels = images.movedim(1, -1).flatten(0, 2)
        self.mean, self.std = channels.mean(dim=0), channels.std(dim=0)

    def __call__(self, images):
        return ((images.movedim(1, -1) - self.mean) / self.std).movedim(-1, 1)
"""
            ],
        ),
    },
    "nearest_mean": {
        "loops": """
def nearest_mean(train_images, train_labels, images):
    answers = []
    for image in images:
        distances = {}
        for k in train_labels.unique().tolist():
            mean = train_images[train_labels == k].double().mean(dim=0)
            distances[k] = ((image - mean) ** 2).sum().item()
        answers.append(min(distances, key=distances.get))
    return torch.tensor(answers)
""",
        "one-hot means and products": """
def nearest_mean(train_images, train_labels, images):
    A = torch.nn.functional.one_hot(train_labels).double()
    X = train_images.flatten(1).double()
    means = torch.einsum("nk,np->kp", A, X) / A.sum(dim=0)[:, None]
    scores = images.flatten(1).double() @ means.T - means.square().sum(1) / 2
    return scores.argmax(dim=1)
""",
        "NumPy": """
import numpy as np

def nearest_mean(train_images, train_labels, images):
    X, y, new = train_images.numpy(), train_labels.numpy(), images.numpy()
    means = np.stack([X[y == k].mean(axis=0) for k in range(y.max() + 1)])
    distances = np.linalg.norm(
        (new[:, None] - means[None]).reshape(len(new), len(means), -1), axis=2
    )
    return torch.from_numpy(distances.argmin(axis=1)).int()
""",
    },
    "report": {
        "loops": """
def report(valid_right, test_right):
    best, most = 0, -1
    for epoch, row in enumerate(valid_right.tolist()):
        if sum(row) > most:
            best, most = epoch, sum(row)
    row = test_right[best].tolist()
    return best, row.count(True) / len(row)
""",
        "counts, and a tensor": """
def report(valid_right, test_right):
    kept = max(range(len(valid_right)), key=lambda e: valid_right[e].count_nonzero())
    return [torch.tensor(kept), test_right.double().mean(dim=1)[kept]]
""",
    },
    "stratified_split": {
        "Python's random numbers": """
import random

def stratified_split(labels, valid_fraction, test_fraction, seed):
    chance, parts = random.Random(seed), ([], [], [])
    members = {}
    for i, label in enumerate(labels.tolist()):
        members.setdefault(label, []).append(i)
    for found in members.values():
        chance.shuffle(found)
        v, t = (round(f * len(found)) for f in (valid_fraction, test_fraction))
        parts[1].extend(found[:v])
        parts[2].extend(found[len(found) - t :])
        parts[0].extend(found[v : len(found) - t])
    return [torch.tensor(part) for part in parts]
""",
        "the ranks of random keys": """
def stratified_split(labels, valid_fraction, test_fraction, seed):
    torch.manual_seed(seed)
    part = torch.zeros(len(labels), dtype=torch.int64)
    for k in set(labels.tolist()):
        keys = torch.rand(len(labels)).masked_fill(labels != k, 2.0)
        rank, n = keys.argsort().argsort(), int((labels == k).sum())
        v, t = round(valid_fraction * n), round(test_fraction * n)
        part[rank < v] = 1
        part[(rank >= v) & (rank < v + t)] = 2
    return tuple((part == i).nonzero()[:, 0] for i in range(3))
""",
    },
}

EQUIVALENT = {
    "majority_baseline": {
        "answer = torch.bincount(train_labels).argmax().item() => answer = torch.bincount(train_labels).argmax()": (
            "A tensor with one number is a number."
        ),
        "return (answer, (test_labels == answer).float().mean().item()) => return (answer, (test_labels == answer).float().mean())": (
            "A tensor with one number is a number."
        ),
    },
    "normalize": {
        "mean = train.mean(dim=(0, 2, 3), keepdim=True) => mean = train.mean(dim=(0, -2, 3), keepdim=True)": (
            "The images have four dimensions, so 2 and -2 are the same one."
        ),
        "std = train.std(dim=(0, 2, 3), keepdim=True) => std = train.std(dim=(0, -2, 3), keepdim=True)": (
            "The images have four dimensions, so 2 and -2 are the same one."
        ),
    },
    "nearest_mean": {
        "classes = range(int(train_labels.max()) + 1) => classes = range(train_labels.max() + 1)": (
            "A tensor with one whole number can end a range."
        ),
        "return distances.argmin(dim=1) => return distances.argmin(dim=-1)": (
            "The distances have two dimensions, so 1 and -1 are the same one."
        ),
    },
    "report": {
        "best = valid_right.float().mean(dim=1).argmax().item() => best = valid_right.float().mean(dim=1).argmax()": (
            "A tensor with one number is a number."
        ),
        "return (best, test_right[best].float().mean().item()) => return (best, test_right[best].float().mean())": (
            "A tensor with one number is a number."
        ),
        "best = valid_right.float().mean(dim=1).argmax().item() => best = valid_right.float().sum(dim=1).argmax().item()": (
            "All epochs have equally many images."
        ),
        "best = valid_right.float().mean(dim=1).argmax().item() => best = valid_right.float().mean(dim=-1).argmax().item()": (
            "The table has two dimensions, so 1 and -1 are the same one."
        ),
    },
    "stratified_split": {
        "valid.append(shuffled[:v]) / test.append(shuffled[v:v + t]) => test.append(shuffled[v:v + t]) / valid.append(shuffled[:v])": (
            "The two parts have nothing to do with each other."
        ),
        "test.append(shuffled[v:v + t]) / train.append(shuffled[v + t:]) => train.append(shuffled[v + t:]) / test.append(shuffled[v:v + t])": (
            "The two parts have nothing to do with each other."
        ),
        "members = torch.nonzero(labels == k).squeeze(1) => members = torch.nonzero(labels == k).squeeze(-1)": (
            "The places have two dimensions, so 1 and -1 are the same one."
        ),
    },
}
