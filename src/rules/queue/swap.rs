//! Swap of the queue's instances.

use crate::codes::queue as codes;
use crate::diagnostic::Diagnostics;
use crate::queue::{ImageType, Swap};
use crate::schema::Opt;

use super::{asks, known, name, stated};
use crate::rules::Job;
use crate::rules::capacity::suggest;

/// A container swaps only if its instance has swap, and its system knows swappiness, without which
/// AWS Batch refuses `maxSwap`.
pub(in crate::rules) fn swap(job: &Job<'_, '_>, sink: &mut Diagnostics) {
    let Some(queue) = known(job).filter(|_| job.fargate() == Some(false)) else {
        return;
    };
    let Some(wanted) = job.options.int(Opt::MaxSwap).filter(|&mib| mib > 0) else {
        return;
    };
    let al2023 = queue.images.as_ref().filter(|images| {
        let mut images = images.value.iter().copied();
        images.all(ImageType::is_al2023)
    });
    let swap = queue.swap.as_ref();
    let absent = swap.filter(|swap| swap.value == Swap::None);
    let queue = name(queue);
    if let Some(images) = al2023 {
        let diagnostic = asks(
            job,
            &codes::QUEUE_SWAP,
            Opt::MaxSwap,
            format!("queue `{queue}` runs on Amazon Linux 2023, where containers cannot swap"),
        );
        let mut diagnostic = stated(diagnostic, images, "Amazon Linux 2023");
        if let Some(swap) = absent {
            diagnostic = stated(diagnostic, swap, "and without swap");
        }
        sink.push(diagnostic.help(
            "AWS Batch refuses `max_swap` without `swappiness`, which ECS does not support on Amazon \
             Linux 2023; ask for more `memory` instead, or use a queue on Amazon Linux 2",
        ));
    } else if let Some(swap) = absent {
        let diagnostic = asks(
            job,
            &codes::QUEUE_SWAP,
            Opt::MaxSwap,
            format!("the instances of queue `{queue}` have no swap"),
        );
        sink.push(stated(diagnostic, swap, "none").help(
            "`max_swap` would change nothing; ask for more `memory` instead, or set up swap in the \
             launch template of the compute environment",
        ));
    } else if let Some((swap, Swap::Mib(has))) = swap.map(|swap| (swap, swap.value))
        && wanted > has
    {
        let diagnostic = asks(
            job,
            &codes::QUEUE_SWAP,
            Opt::MaxSwap,
            format!("{wanted} MiB of swap, and the instances of queue `{queue}` have {has}"),
        );
        let diagnostic = stated(diagnostic, swap, format!("{has} MiB"));
        sink.push(suggest(job, Opt::MaxSwap,
            &has.to_string(),
            diagnostic.help(format!(
                "all jobs of an instance share its swap; ask for at most {has}, and set up at least \
                 {wanted} for more"
            )),
        ));
    }
}
