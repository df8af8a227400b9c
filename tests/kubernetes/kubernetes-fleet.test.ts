import { startKubernetesFleet } from '../../services/lab/src/fleet/kubernetes/start-kubernetes-fleet.ts';
import { describeFleet } from '../support/fleet-contract.ts';

describeFleet('pods on a cluster', startKubernetesFleet, 300_000);
