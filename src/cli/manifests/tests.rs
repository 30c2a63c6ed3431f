use std::{fs, path::Path};

use clap::Parser;
use outrigger_json::Object;

use super::*;
use crate::workload::{self, Form};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    args: Manifests,
}

/// Runs over files of these contents and gives what is written. Pods of the kind Pod are left alone, the others get `x: 1`.
fn run(files: &[(&str, &str)], options: &[&str]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (name, text) in files {
        let path = path(name);
        fs::create_dir_all(Path::new(&path).parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let output = path("out");
    let folder_name = folder.path().display().to_string();
    let line = ["outrigger", "--filename", &folder_name, "--output", &output];
    let cli = Cli::parse_from(line.iter().chain(options));
    cli.args
        .run(&|document, _, _| {
            let mut object = document.object.clone().into_owned();
            let any = workload::each_pod(&mut object, Form::Kept, &mut |found| {
                if found.object.name == "bad" {
                    anyhow::bail!("{}: no", found.object);
                }
                let mut pod = found.pod.clone();
                let spec = pod.at_mut(&["spec"]).and_then(Value::as_object_mut);
                spec.unwrap().insert("x", 1);
                Ok(found.owner().is_some().then_some(pod))
            })?;
            Ok(any.then_some(Changed {
                object,
                record: None,
            }))
        })
        .map_err(|e| format!("{e:#}").replace(&folder_name, "."))?;
    assert!(
        fs::read_dir(folder.path())
            .unwrap()
            .flatten()
            .all(|e| !e.file_name().to_string_lossy().starts_with('.'))
    );
    Ok(fs::read_to_string(output).unwrap())
}

const POD: &str = "# a Pod\nkind: Pod   # left alone\nmetadata: {name: a}\nspec: {}\n";
const JOB: &str = "# a Job\n\nkind: Job\nmetadata: {name: j, namespace: shop}\nspec:\n  weight: 1.10\n  template: {spec: {a: yes}}\n";

#[test]
fn only_what_changes_is_written_anew() {
    let stream = format!("---  # first\n{POD}--- # second\n{JOB}---\n---\n# nothing\n---\n{POD}");
    let written = "# a Job\n\nkind: Job\nmetadata: {name: j, namespace: shop}\nspec:\n  weight: 1.10\n  template:\n    spec:\n      a: true\n      x: 1\n";
    assert_eq!(
        run(&[("a.yaml", &stream)], &[]).unwrap(),
        format!("---  # first\n{POD}--- # second\n{written}---\n---\n# nothing\n---\n{POD}")
    );
}

#[test]
fn files_become_one_stream() {
    let pod = POD.trim_end();
    let files = [
        ("a.yaml", pod),
        ("b/deep.yaml", POD),
        ("c.yml", "---\nkind: X"),
        ("d.json", "{}"),
        ("e.txt", "x"),
    ];
    assert_eq!(
        run(&files, &[]).unwrap(),
        format!("{pod}\n---\nkind: X\n---\n{{}}")
    );
    assert_eq!(
        run(&files, &["-R"]).unwrap(),
        format!("{pod}\n---\n{POD}---\nkind: X\n---\n{{}}")
    );
}

#[test]
fn formats() {
    let files = [("a.yaml", &*format!("{POD}---\n{JOB}")), ("b.yaml", "")];
    assert_eq!(
        run(&files, &["-o", "json"])
            .unwrap()
            .replace(['\n', ' '], ""),
        r#"{"kind":"Pod","metadata":{"name":"a"},"spec":{}}{"kind":"Job","metadata":{"name":"j","namespace":"shop"},"spec":{"weight":1.10,"template":{"spec":{"a":true,"x":1}}}}"#
    );
    assert_eq!(
        run(&files, &["-o", "patch"]).unwrap(),
        "{\"kind\":\"Job\",\"namespace\":\"shop\",\"name\":\"j\",\"patch\":[{\"op\":\"add\",\"path\":\"/spec/template/spec/x\",\"value\":1}]}\n"
    );
    assert_eq!(run(&files, &["-o", "name"]).unwrap(), "job/j\n");
    let json = r#"{"kind":"Job","spec":{"template":{"spec":{}}}}"#;
    let written = "kind: Job\nspec:\n  template:\n    spec:\n      x: 1\n";
    assert_eq!(
        run(&[("a.json", &format!("{json}\n{json}"))], &[]).unwrap(),
        format!("{written}---\n{written}")
    );
}

#[test]
fn faults_are_placed() {
    let object = |name: &str| {
        format!("kind: Job\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{}}}}}}\n")
    };
    for (text, want) in [
        (
            format!("{POD}---\n{}", object("bad")),
            "./a.yaml, document 2 (line 6): Job bad: no",
        ),
        (
            "a: 1\n---\nb: [\n".to_owned(),
            "./a.yaml, document 2 (line 3): line 4, column 1: ",
        ),
        (
            "a: 1\n--- b\n".to_owned(),
            "cannot read ./a.yaml: line 2: only blanks",
        ),
        (
            "kind: Job\nmetadata: {name: j}\n".to_owned(),
            "./a.yaml, document 1 (line 1): Job j: spec is required",
        ),
    ] {
        let error = run(&[("a.yaml", &text)], &[]).unwrap_err();
        assert!(error.starts_with(want), "{error}");
    }
    assert!(
        run(&[("a.yaml", "")], &["-f", "https://a/b.yaml"])
            .unwrap_err()
            .contains("curl -sSfL https://a/b.yaml")
    );
    assert!(
        run(&[("a.txt", "")], &[])
            .unwrap_err()
            .contains("holds no .yaml")
    );
}

#[test]
fn a_file_may_be_written_over_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.yaml").display().to_string();
    fs::write(&path, POD).unwrap();
    let args = Cli::parse_from(["outrigger", "-f", &path, "--output", &path]).args;
    args.run(&|_, _, _| {
        Ok(Some(Changed {
            object: Object::from_iter([("kind", "Pod")]).into(),
            record: Some(Object::new().into()),
        }))
    })
    .unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "# a Pod\nkind: Pod   # left alone\n# outrigger.dev/restore: {}\n"
    );
}

#[test]
fn documents_stay_in_order_whichever_is_done_first() {
    let stream = |bad: &[usize]| -> String {
        let name = |i| {
            if bad.contains(&i) {
                "bad".to_owned()
            } else {
                format!("j{i}")
            }
        };
        let document = |i| {
            let name = name(i);
            format!(
                "---\nkind: Job\nmetadata: {{name: {name}}}\nspec: {{template: {{spec: {{}}}}}}\n"
            )
        };
        (0..600).map(document).collect()
    };
    let names: Vec<_> = (0..600).map(|i| format!("job/j{i}\n")).collect();
    let written = run(&[("a.yaml", &stream(&[]))], &["-o", "name"]);
    assert_eq!(written, Ok(names.concat()));
    let error = run(&[("a.yaml", &stream(&[300, 301, 550]))], &[]).unwrap_err();
    assert!(error.contains("document 301 (line 1202)"), "{error}");
}
