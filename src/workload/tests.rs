use outrigger_json::Object;

use super::*;

fn object(text: &str) -> Value<'static> {
    outrigger_yaml::parse(text).unwrap()
}

/// Sets `injected: "true"` on every Pod's annotations and a field in its spec; gives what was found.
fn mark(object: &mut Value<'static>) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    each_pod::<Error>(object, Form::Kept, &mut |pod| {
        found.push(format!(
            "{} {} {}",
            pod.object,
            pod.owner().map_or("itself", |o| o.kind),
            pod.locate("spec.containers[a]")
        ));
        let mut changed = pod.pod.clone();
        let pod = changed.as_object_mut().unwrap();
        let metadata = pod.entry("metadata", || Object::new().into());
        *metadata = Object::from_iter([("injected", true)]).into();
        pod.get_mut("spec")
            .unwrap()
            .as_object_mut()
            .unwrap()
            .insert("x", 1);
        Ok(Some(changed))
    })?;
    Ok(found)
}

#[test]
fn every_kind_is_found_and_put_back() {
    for (text, found, after) in [
        (
            "kind: Pod\nmetadata: {name: a}\nspec: {b: 1}\nstatus: {}\n",
            "Pod a itself spec.containers[a]",
            r#"{"kind":"Pod","metadata":{"injected":true},"spec":{"b":1,"x":1},"status":{}}"#,
        ),
        (
            "kind: Deployment\nmetadata: {name: a, namespace: ns}\nspec: {template: {spec: {}}, replicas: 1}\n",
            "Deployment ns/a Deployment spec.template.spec.containers[a]",
            r#"{"kind":"Deployment","metadata":{"name":"a","namespace":"ns"},"spec":{"template":{"metadata":{"injected":true},"spec":{"x":1}},"replicas":1}}"#,
        ),
        (
            "kind: CronJob\nspec: {jobTemplate: {spec: {template: {metadata: {z: 1}, spec: {}}}}}\n",
            "CronJob (unnamed) CronJob spec.jobTemplate.spec.template.spec.containers[a]",
            r#"{"kind":"CronJob","spec":{"jobTemplate":{"metadata":{"injected":true},"spec":{"template":{"metadata":{"z":1},"spec":{"x":1}}}}}}"#,
        ),
        (
            "kind: List\nitems:\n- kind: Service\n- kind: List\n  items:\n  - {apiVersion: v1, kind: Pod, spec: {}}\n",
            "Pod (unnamed) itself spec.containers[a]",
            r#"{"kind":"List","items":[{"kind":"Service"},{"kind":"List","items":[{"apiVersion":"v1","kind":"Pod","spec":{"x":1},"metadata":{"injected":true}}]}]}"#,
        ),
    ] {
        let mut tree = object(text);
        assert_eq!(mark(&mut tree).unwrap(), [found]);
        assert_eq!(tree.to_string(), after);
    }
}

#[test]
fn what_holds_no_pod_is_left_alone() {
    for text in [
        "kind: Service\nspec: {}\n",
        "apiVersion: batch.volcano.sh/v1alpha1\nkind: Job\nspec: {tasks: []}\n",
        "kind: List\n",
        "just text\n",
        "[]",
        "",
    ] {
        let mut tree = object(text);
        let before = tree.clone();
        assert_eq!(mark(&mut tree).unwrap(), Vec::<String>::new(), "{text}");
        assert_eq!(tree, before);
    }
}

#[test]
fn a_missing_template_is_named() {
    for (text, message) in [
        (
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {}\n",
            "Deployment a: spec.template is required",
        ),
        (
            "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: a}\nspec: {jobTemplate: 1}\n",
            "CronJob a: spec.jobTemplate is required",
        ),
        (
            "kind: Pod\nmetadata: {name: a}\n",
            "Pod a: spec is required",
        ),
        (
            "kind: List\nitems: {}\n",
            "List (unnamed): items must be a list, not object",
        ),
    ] {
        assert_eq!(mark(&mut object(text)).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_part_can_go_away() {
    let mut tree = object("kind: Job\nspec: {template: {metadata: {}, spec: {}}}\n");
    each_pod::<Error>(&mut tree, Form::Kept, &mut |pod| {
        let mut pod = pod.pod.clone();
        pod.as_object_mut().unwrap().remove("metadata");
        Ok(Some(pod))
    })
    .unwrap();
    assert_eq!(
        tree.to_string(),
        r#"{"kind":"Job","spec":{"template":{"spec":{}}}}"#
    );
}

#[test]
fn an_untouched_pod_is_as_it_was() {
    let text = "kind: Deployment\nspec:\n  template:\n    spec: {}\n    metadata: null\n";
    let mut tree = object(text);
    each_pod::<Error>(&mut tree, Form::Kept, &mut |_| Ok(None)).unwrap();
    assert_eq!(tree.to_string(), object(text).to_string());
    let error = Error::Items {
        object: Reference::default(),
        kind: "null",
    };
    each_pod::<Error>(&mut tree, Form::Kept, &mut |_| {
        Err(Error::Items {
            object: Reference::default(),
            kind: "null",
        })
    })
    .unwrap_err();
    assert_eq!(tree.to_string(), object(text).to_string(), "{error}");
}
