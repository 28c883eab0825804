import type { Client } from "../api/client";
import type { Hello, ObjectKind, Objects, Project, Tutorial } from "../api/generated";
import { Store } from "../base/store";

/** What the Studio says of itself and of the open project. */
export class ProjectModel {
  /** Null until the Studio answered. */
  readonly hello = new Store<Hello | null>(null);
  readonly objects = new Store<Objects>({ objects: [], secrets: [] });
  readonly kinds = new Store<readonly ObjectKind[]>([]);
  readonly tutorial = new Store<Tutorial>({ steps: [] });

  constructor(private readonly client: Client) {
    client.on("hello", (hello) => this.hello.set(hello));
    client.on("objects", (objects) => this.objects.set(objects));
    client.on("tutorial", (tutorial) => this.tutorial.set(tutorial));
  }

  get open(): Project | undefined {
    return this.hello.value?.project;
  }

  /** Reads the kinds of objects; they are the same as long as the Studio runs. */
  async readKinds(): Promise<void> {
    if (this.kinds.value.length === 0) this.kinds.set((await this.client.call("objects.kinds", {})).kinds);
  }

  async openFolder(dir: string): Promise<void> {
    await this.client.call("project.open", { dir });
  }

  async close(): Promise<void> {
    await this.client.call("project.close", {});
  }

  async chooseEnvironment(name: string): Promise<void> {
    await this.client.call("project.environment", { name });
  }
}
