//! Small sources, and what a difference touches in them.

use super::*;

fn source(path: &str, code: &str) -> Source {
    Source {
        path: path.into(),
        file: syn::parse_str(code).unwrap(),
    }
}

fn code() -> Code {
    let generated = syn::parse_str(
        "impl Client { pub async fn update_videos_raw(&self) {} pub async fn lonely(&self) {} }",
    )
    .unwrap();
    let chats = source(
        "resource.rs",
        "impl Run for UpdateVideos { type Output = UpdatedVideos; async fn run(self) { raw.update_videos_raw() } }
         impl ChatResource { pub fn update_videos(&self) -> Call<UpdateVideos> { todo() } pub fn other(&self) {} }
         impl ChatSessionContext { pub fn update_videos(&self) { self.call(UpdateVideos { id: 1 }) } }
         fn unique_helper() { UpdateVideos::new(); }
         impl SessionBuilder { pub fn open(&self) { unique_helper() } }",
    );
    let cli = source(
        "src/commands/sessions.rs",
        "enum Command { Sessions } #[derive(clap::Subcommand)] enum Sessions { Select, Drop }
         fn select() { step() } fn step() { chats.update_videos(a) } fn list() {}
         fn run() { match command { Sessions::Drop => chats.other(), Sessions::Select => select() } }",
    );
    Code::of(&generated, &[chats], &[cli])
}

fn finding(name: &str, position: Position) -> Finding {
    Finding {
        kind: super::super::Kind::PropertyRemoved,
        position,
        operation: "PUT /chat/videos".to_owned(),
        name: name.to_owned(),
        new_name: None,
        place: String::new(),
        detail: String::new(),
        facts: super::super::position::Facts::default(),
    }
}

#[test]
fn an_operation_is_traced_to_functions_types_and_commands() {
    let functions = [
        "ChatResource::update_videos",
        "ChatSessionContext::update_videos",
        "SessionBuilder::open",
    ];
    let request = code().affected(&finding("update_videos_raw", Position::Request));
    assert_eq!(request[..3], functions);
    assert_eq!(request[3..], ["chats sessions select"]);
    let response = code().affected(&finding("update_videos_raw", Position::Response));
    assert!(response.contains(&"UpdatedVideos".to_owned()));
}

#[test]
fn a_function_that_gives_another_call_is_not_touched() {
    let generated =
        "impl Client { pub async fn send_raw(&self) {} pub async fn stream_raw(&self) {} }";
    let chats = source(
        "resource.rs",
        "impl Run for Send { async fn run(self) { raw.send_raw() } }
         impl Run for Stream { async fn run(self) { raw.stream_raw() } }
         impl Stream { fn new() { Send::new() } }
         impl ChatResource {
             pub fn send(&self) -> Call<Send> { Send::new() }
             pub fn stream(&self) -> Call<Stream> { Stream::new(Send::new()) }
         }",
    );
    let code = Code::of(&syn::parse_str(generated).unwrap(), &[chats], &[]);
    let touched = |name| code.affected(&finding(name, Position::Request));
    assert_eq!(touched("send_raw"), ["ChatResource::send"]);
    assert_eq!(touched("stream_raw"), ["ChatResource::stream"]);
}

#[test]
fn a_command_that_is_an_arm_is_told_by_its_variant() {
    let generated = "impl Client { pub async fn act_raw(&self) {} }";
    let chats = source(
        "resource.rs",
        "impl Run for Act { async fn run(self) { raw.act_raw() } }
         impl ChatResource { pub fn approve(&self) -> Call<Act> { Act::new() } }",
    );
    let cli = source(
        "src/commands/plan.rs",
        "enum Command { Plan } #[derive(Subcommand)] enum Plans { Approve(A), Show }
         fn run() { match c { Plans::Approve(a) => chats.approve(a), Plans::Show => show() } }",
    );
    let code = Code::of(&syn::parse_str(generated).unwrap(), &[chats], &[cli]);
    assert_eq!(
        code.affected(&finding("act_raw", Position::Request)),
        ["ChatResource::approve", "chats plan approve"]
    );
}

#[test]
fn an_option_is_touched_by_a_change_of_what_it_sets_alone() {
    let generated = "impl Client { pub async fn make_raw(&self) {} }";
    let chats = source(
        "session.rs",
        "struct SessionBuilder { create: Make }
         impl Run for Make { async fn run(self) { raw.make_raw() } }
         impl SessionBuilder {
             pub fn title(mut self) -> Self { self.create.title = t; self }
             pub fn all(mut self) -> Self { self.create.use_all = t; self }
             pub fn policy(mut self) -> Self { self.options.policy = Arc::new(t); self }
             pub(crate) fn new() -> Self { Self { create: Make::default() } }
             pub fn open(self) -> Result<Context> { self.create.run() }
         }",
    );
    let code = Code::of(&syn::parse_str(generated).unwrap(), &[chats], &[]);
    let touched = |position, field: Option<&str>| {
        let mut finding = finding("make_raw", position);
        finding.facts.field = field.map(str::to_owned);
        code.affected(&finding)
            .join(" ")
            .replace("SessionBuilder::", "")
    };
    assert_eq!(touched(Position::Request, Some("title")), "open title");
    assert_eq!(touched(Position::Request, Some("useAll")), "all open");
    assert_eq!(touched(Position::Request, None), "all open title");
    assert_eq!(touched(Position::Error, None), "open");
}

#[test]
fn a_stream_that_looks_something_up_is_touched_where_it_begins() {
    let generated =
        "impl Client { pub async fn look_raw(&self) {} pub async fn stream_raw(&self) {} }";
    let chats = source(
        "stream.rs",
        "impl Run for Look { async fn run(self) { raw.look_raw() } }
         impl Run for Begin { type Output = ChatStream; async fn run(self) { raw.stream_raw() } }
         fn recover() { Look::new() }
         impl Stream for ChatStream { type Item = Token; fn poll_next(self) { recover() } }
         impl ChatResource { pub fn send_stream(&self) -> Call<Begin> { Begin::new() } }",
    );
    let code = Code::of(&syn::parse_str(generated).unwrap(), &[chats], &[]);
    let touched = code.affected(&finding("look_raw", Position::Request));
    assert_eq!(touched, ["ChatResource::send_stream"]);
}

#[test]
fn the_type_that_changes_is_named_and_not_the_one_that_holds_it() {
    let generated = "pub mod types {
             pub struct RawPage { pub things: Option<Vec<RawThing>>, pub more: bool }
             pub struct RawThing { pub title: String }
         }
         impl Client {
             pub async fn list_raw(&self) -> Result<ResponseValue<types::RawPage>, Error<()>> {}
             pub async fn stream_raw(&self) -> Result<ResponseValue<ByteStream>, Error<()>> {}
         }";
    let chats = source(
        "types.rs",
        "pub struct Page { items: Vec<Thing> } pub struct Thing { title: String } pub struct Done { things: Vec<Thing> }
         pub enum Token { Complete(Done) }
         fn page(raw: raw::RawPage) -> Page { todo() } fn thing(raw: raw::RawThing) -> Option<Thing> { todo() }
         impl Run for List { type Output = Page; async fn run(self) { raw.list_raw() } }
         impl Run for Begin { type Output = Token; async fn run(self) { raw.stream_raw() } }",
    );
    let code = Code::of(&syn::parse_str(generated).unwrap(), &[chats], &[]);
    let touched = |name, position, place: &str| {
        let mut finding = finding(name, position);
        place.clone_into(&mut finding.place);
        code.affected(&finding).join(" ")
    };
    let reply = |place| touched("list_raw", Position::Response, place);
    assert_eq!(reply("response.200.things[].title"), "Thing");
    assert_eq!(reply("response.200.more"), "Page");
    assert_eq!(reply("response.200"), "Page");
    let event = |place| touched("stream_raw", Position::Event, place);
    assert_eq!(event("event.complete.things[].title"), "Thing");
    assert_eq!(event("event.complete.text"), "Done");
    assert_eq!(event("event.complete"), "Done Token");
    assert_eq!(event("event.other"), "Token");
    assert_eq!(touched("list_raw", Position::Error, "response.404"), "");
}

#[test]
fn a_change_of_the_whole_service_touches_the_client() {
    let mut servers = finding("", Position::Whole);
    servers.operation.clear();
    assert_eq!(code().affected(&servers), ["Client"]);
}

#[test]
fn an_operation_that_nothing_wraps_is_found() {
    assert_eq!(code().unwrapped(), ["lonely"]);
}

#[test]
fn an_operation_that_leaves_its_call_to_a_free_function_is_traced_too() {
    let generated =
        "impl Client { pub async fn act_raw(&self) {} pub async fn other_raw(&self) {} }";
    let chats = source(
        "operations.rs",
        "impl Run for Act { type Output = Done; fn run(self, context: C) -> Running<Done> { Box::pin(act(self, context)) } }
         async fn act(asked: Act, context: C) -> Result<Done> { exchange(context).await }
         async fn exchange(context: C) -> Result<Done> { raw.act_raw() }
         impl Run for Other { fn run(self) { Box::pin(other(self)) } }
         async fn other(asked: Other) { raw.other_raw() }
         pub struct Done { id: Id }
         impl ChatResource {
             pub fn act(&self) -> Call<Act> { self.call(Act::new()) }
             pub fn other(&self) -> Call<Other> { self.call(Other::new()) }
         }",
    );
    let code = Code::of(&syn::parse_str(generated).unwrap(), &[chats], &[]);
    let touched = |name, position| code.affected(&finding(name, position));
    assert_eq!(touched("act_raw", Position::Request), ["ChatResource::act"]);
    assert_eq!(
        touched("act_raw", Position::Response),
        ["ChatResource::act", "Done"]
    );
    assert_eq!(
        touched("other_raw", Position::Request),
        ["ChatResource::other"]
    );
    assert!(code.unwrapped().is_empty());
}

#[test]
fn an_operation_that_makes_the_calls_of_another_is_traced_too() {
    let generated = "impl Client { pub async fn look_raw(&self) {} pub async fn ask_raw(&self) {} pub async fn stream_raw(&self) {} }";
    let chats = source(
        "operations.rs",
        "impl Run for Look { type Output = History; fn run(self) { raw.look_raw() } }
         impl Run for Wait { type Output = Answer; fn run(self) { Look::new().run().await } }
         impl Run for Ask { type Output = Answer; fn run(self) { raw.ask_raw() } }
         impl Run for Stream { type Output = Tokens; fn run(self) { raw.stream_raw(self.message.body) } }
         struct Stream { message: Ask }
         impl Stream { fn new(message: Ask) { Self { message } } }
         impl ChatResource {
             pub fn look(&self) -> Call<Look> { self.call(Look::new()) }
             pub fn wait(&self) -> Call<Wait> { self.call(Wait::new()) }
             pub fn ask(&self) -> Call<Ask> { self.call(Ask::new()) }
             pub fn stream(&self) -> Call<Stream> { self.call(Stream::new(Ask::new())) }
         }",
    );
    let code = Code::of(&syn::parse_str(generated).unwrap(), &[chats], &[]);
    let touched = |name| code.affected(&finding(name, Position::Request));
    assert_eq!(
        touched("look_raw"),
        ["ChatResource::look", "ChatResource::wait"]
    );
    assert_eq!(touched("ask_raw"), ["ChatResource::ask"]);
}
