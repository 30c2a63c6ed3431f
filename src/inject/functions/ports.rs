//! Functions on ports.

use std::fmt::Write as _;

use outrigger_gotemplate::{Functions, Type, Value, format};

use super::{member, string};
use crate::inject::pod::PROXY;

pub(super) fn add_to(functions: &mut Functions) {
    functions.add(
        "excludeInboundPort",
        &[Type::Any, Type::String],
        |_, args| {
            let port = format::sprint(&[args.take(0)]);
            Ok(exclude(port.trim(), args.str(1)).into())
        },
    );
    functions.add("includeInboundPorts", &[Type::Any], |_, args| {
        Ok(ports(args.value(0), |_| true).into())
    });
    functions.add("applicationPorts", &[Type::Any], |_, args| {
        Ok(ports(args.value(0), |name| name != PROXY).into())
    });
}

fn exclude(port: &str, list: &str) -> String {
    if port.is_empty() || port == "0" || list.split(',').any(|p| p == port) {
        return list.to_owned();
    }
    let others = list.split(',').map(str::trim).filter(|p| !p.is_empty());
    others
        .chain(std::iter::once(port))
        .collect::<Vec<_>>()
        .join(",")
}

/// The TCP ports of the containers that `wanted` picks by name.
fn ports(containers: &Value<'_>, wanted: impl Fn(&str) -> bool) -> String {
    let mut list = String::new();
    for container in containers
        .items()
        .iter()
        .flat_map(|c| c.iter())
        .filter(|c| wanted(&string(c, "Name")))
    {
        for port in member(container, "Ports")
            .items()
            .iter()
            .flat_map(|p| p.iter())
        {
            if !["UDP", "SCTP"].contains(&&*string(port, "Protocol")) {
                let separator = if list.is_empty() { "" } else { "," };
                // Writing to a string cannot fail.
                let _ = write!(
                    list,
                    "{separator}{}",
                    member(port, "ContainerPort").as_i64().unwrap_or_default()
                );
            }
        }
    }
    list
}

#[cfg(test)]
mod tests {
    use super::exclude;

    #[test]
    fn excluded_ports() {
        for (port, list, want) in [
            ("15020", "", "15020"),
            ("15020", "4,5,6", "4,5,6,15020"),
            ("15020", "15020,1", "15020,1"),
            ("0", " 4", " 4"),
            ("", "4", "4"),
            ("15020", " 4 ,,5", "4,5,15020"),
        ] {
            assert_eq!(exclude(port, list), want, "{port} {list:?}");
        }
    }
}
