//! Keys that are kept, and which settings win.

use std::fs;

use serde_json::Value;

use crate::program::{Program, finish};
use crate::service::{KEY, Service};

#[test]
fn a_key_is_kept_by_login_and_used_from_then_on() {
    let service = Service::start();
    let program = Program::alone();
    let base = ["--base-url", service.base_url()];
    let run = program.run_with_input(&[&["login"], &base[..]].concat(), &format!("{KEY}\n"));
    let told = run.fine();
    assert!(!told.contains(KEY), "{told}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let file = program.home().join(".config/chats/profiles.toml");
        assert_eq!(
            fs::metadata(file).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    program.run(&["chat", "Hello"]).fine();
    // A saved key goes only to the service that it was saved for.
    let elsewhere = [
        "--base-url",
        "http://127.0.0.1:9/api/v2",
        "sessions",
        "list",
    ];
    assert!(program.run(&elsewhere).fails_with(2).contains("is for"));
    program.run(&["logout"]).fine();
    program.run(&["chat", "Hello"]).fails_with(2);
}

#[test]
fn login_and_logout_take_the_profile_that_is_named_either_way() {
    let program = Program::alone();
    let login = |arguments: &[&str]| {
        let all = [&["login", "--no-check"], arguments].concat();
        program.run_with_input(&all, &format!("{KEY}\n"))
    };
    login(&[]).fine();
    login(&["--profile", "work"]).fine();
    login(&["home"]).fine();
    login(&["home", "--profile", "work"]).fails_with(2);
    login(&["a\u{1b}[31mb"]).fails_with(2);
    login(&[""]).fails_with(2);
    let file = program.home().join(".config/chats/profiles.toml");
    let kept = || {
        let text = fs::read_to_string(&file).unwrap();
        let all = ["default", "home", "work"].into_iter();
        all.filter(|name| text.contains(&format!("[profiles.{name}]")))
            .collect::<Vec<_>>()
    };
    assert_eq!(kept(), ["default", "home", "work"]);
    program
        .run(&["logout", "--profile", "nope", "home"])
        .fails_with(2);
    program.run(&["logout", "--local"]).fails_with(2);
    program.run(&["logout", "--profile", "work"]).fine();
    assert_eq!(kept(), ["default", "home"]);
    let nothing = program.run_with_input(&["login"], "\n");
    assert_eq!(nothing.fails_with(2), "no key was entered");
}

#[test]
fn login_and_logout_tell_programs_what_they_did() {
    let program = Program::alone();
    let login = program.run_with_input(
        &["--json", "login", "--no-check", "work"],
        &format!("{KEY}\n"),
    );
    let saved: Value = serde_json::from_str(&login.fine()).unwrap();
    assert_eq!(saved["profile"], "work");
    assert!(saved["file"].as_str().unwrap().ends_with("profiles.toml"));
    let removed = program.run(&["--json", "logout", "work"]).fine();
    let removed: Value = serde_json::from_str(&removed).unwrap();
    assert_eq!(removed["removed_profile"], "work");
}

#[test]
fn plain_http_elsewhere_needs_a_flag() {
    let program = Program::alone();
    let login = |more: &[&str]| {
        let elsewhere = [
            "login",
            "--no-check",
            "--base-url",
            "http://chats.invalid/api/v2",
        ];
        let all = [&elsewhere[..], more].concat();
        program.run_with_input(&all, &format!("{KEY}\n"))
    };
    let refused = login(&[]);
    let sentence = refused.fails_with(2);
    assert!(
        sentence.starts_with("--base-url uses") && sentence.contains("--allow-plain-http"),
        "{sentence}"
    );
    login(&["--allow-plain-http"]).fine();
    let local = program.run(&["--local", "--allow-plain-http", "images", "list"]);
    assert_eq!(
        local.fails_with(2),
        "--allow-plain-http cannot be combined with --local"
    );
}

#[test]
fn a_key_that_the_service_refuses_is_not_kept() {
    let service = Service::start();
    let program = Program::alone();
    let arguments = ["login", "--base-url", service.base_url()];
    program
        .run_with_input(&arguments, "aion_zzzzzzzzzzzzzzzzzzzz\n")
        .fails_with(1);
    program.run(&["chat", "Hello"]).fails_with(2);
    let run = program.run_with_input(&arguments, "nonsense\n");
    assert!(!run.fails_with(2).contains("nonsense"), "{}", run.err);
}

#[test]
fn flags_win_over_variables_and_those_over_the_profile() {
    let (first, second) = (Service::start(), Service::start());
    let program = Program::with(&first);
    let login = ["login", "work", "--base-url", second.base_url()];
    program.run_with_input(&login, &format!("{KEY}\n")).fine();
    let login = [
        "login",
        "--no-check",
        "--base-url",
        "http://127.0.0.1:9/api/v2",
    ];
    program
        .run_with_input(&login, "aion_zzzzzzzzzzzzzzzzzzzz\n")
        .fine();
    let seen = |service: &Service| service.requests().len();
    let (before_first, before_second) = (seen(&first), seen(&second));
    program.run(&["sessions", "list", "--json"]).fine();
    assert_eq!(
        seen(&first),
        before_first + 1,
        "the variable wins over the usual profile"
    );
    program
        .run(&["--profile", "work", "sessions", "list", "--json"])
        .fine();
    assert_eq!(
        seen(&second),
        before_second + 1,
        "a named profile wins over the variable"
    );
    let other = [
        "--base-url",
        second.base_url(),
        "sessions",
        "list",
        "--json",
    ];
    program.run(&other).fine();
    assert_eq!(
        seen(&second),
        before_second + 2,
        "a flag wins over the variable"
    );
    let run = program.run(&["--profile", "nope", "sessions", "list"]);
    assert!(
        run.fails_with(2).contains("chats login nope"),
        "{}",
        run.err
    );
}

#[test]
fn a_tenant_of_the_environment_is_kept_with_the_key_and_no_other_counts_with_a_profile() {
    let service = Service::start();
    let program = Program::alone();
    let run = |arguments: &[&str], tenant: &str| {
        let mut command = program.command(arguments);
        command.env("AIONVISION_TENANT_ID", tenant);
        command.write_stdin(format!("{KEY}\n"));
        finish(command).fine();
        service.tenant()
    };
    let login = |name, tenant| run(&["login", name, "--base-url", service.base_url()], tenant);
    assert_eq!(login("work", "acme"), "acme");
    assert_eq!(login("home", ""), "");
    let list = |name| run(&["--json", "--profile", name, "sessions", "list"], "other");
    assert_eq!(list("work"), "acme");
    assert_eq!(list("home"), "");
}

#[test]
fn login_says_which_flags_its_profile_needs() {
    let program = Program::alone();
    let login = |name: &str, url: &str| {
        let arguments = [
            "login",
            "--no-check",
            "--allow-plain-http",
            "--base-url",
            url,
            name,
        ];
        let told = program
            .run_with_input(&arguments, &format!("{KEY}\n"))
            .fine();
        let flags = told
            .split_once("use it with ")
            .map(|(_, flags)| flags.trim());
        flags.unwrap_or_default().to_owned()
    };
    let plain = "http://chats.invalid/api/v2";
    assert_eq!(login("work", plain), "--profile work --allow-plain-http.");
    assert_eq!(login("default", plain), "--allow-plain-http.");
    assert_eq!(login("work", "https://chats.invalid"), "--profile work.");
}

#[cfg(unix)]
#[test]
fn a_key_is_typed_unseen_wherever_the_output_goes() {
    use crate::screen::Screen;

    let service = Service::start();
    let arguments = ["login", "--base-url", service.base_url()];
    let types = |screen: &Screen| {
        screen.shows("API key: ").keys(KEY).keys("\r").is_over();
        assert!(!screen.written().contains(KEY), "{}", screen.written());
    };
    let program = Program::alone();
    let screen = Screen::start_without_output(&program, &arguments);
    types(&screen);
    assert_eq!(screen.ends(), 0);
    program.run(&["--json", "sessions", "list"]).fine();

    let screen = Screen::start_with(&Program::alone(), &arguments, &[("TERM", "dumb")]);
    types(&screen);
    assert!(screen.written().contains("Saved the key"));
    assert_eq!(screen.ends(), 0);
}

#[cfg(unix)]
#[test]
fn a_signal_while_a_key_is_typed_unseen_lets_the_terminal_show_again() {
    use crate::screen::Screen;

    let program = Program::alone();
    let screen = Screen::start_without_output(&program, &["login"]);
    screen.shows("API key: ");
    assert!(!screen.echoes());
    screen.control_c().is_over();
    assert!(screen.echoes());
    assert_eq!(screen.ends(), 130);
}
